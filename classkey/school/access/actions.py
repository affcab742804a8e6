"""What may be asked of the policy."""

from enum import StrEnum


class Action(StrEnum):
    """What may be asked of the policy."""

    SEE = "see"
    # a place
    SEE_CONTENT = "see-content"
    SEE_MEMBERS = "see-members"
    ADD_CONTENT = "add-content"
    MANAGE = "manage"
    FLIP = "flip"
    MAKE_CODE = "make-code"
    MAKE_SHEETS = "make-sheets"
    ENROL = "enrol"
    PREVIEW = "preview"
    ARCHIVE = "archive"
    COPY = "copy"
    # an item
    EDIT = "edit"
    DELETE = "delete"
    # a test
    TAKE = "take"
    SEE_RESULTS = "see-results"
    MARK = "mark"
    # a code
    READ = "read"
    # a student's profile
    SEE_FAMILY = "see-family"
    MAKE_PARENT_CODE = "make-parent-code"
    ISSUE_SIGN_IN = "issue-sign-in"
    SET_LANGUAGE = "set-language"
    # a person, at the support desk
    SUPPORT = "support"
    # a parent link
    ASK_TO_END = "ask-to-end"
    CALL_URGENT = "call-urgent"
    END = "end"
    REVOKE = "revoke"
    # a request, a bar, a hold
    DECIDE = "decide"
    LIFT = "lift"
    RELEASE = "release"
