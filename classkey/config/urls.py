"""Every address of Classkey. One address, one action."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from classkey.web.views import (
    accounts,
    assessments,
    children,
    codes,
    demo,
    files,
    home,
    items,
    join,
    marking,
    members,
    notices,
    order,
    places,
    preview,
    requests,
    sheets,
    students,
    taking,
    years,
    young_students,
)
from classkey.web.views.desk import decisions, log, people, personal_data
from classkey.web.views.desk import requests as desk_requests

handler400 = "classkey.web.views.errors.bad_request"
handler500 = "classkey.web.views.errors.server_error"

urlpatterns = [
    path("", home.front, name="dashboard"),
    path("news/read/", notices.put_away, name="notices_read"),
    path("welcome/", home.welcome, name="welcome"),
    path("welcome/course/", home.first_course, name="first_course"),
    # Accounts
    path("account/", accounts.settings, name="account_settings"),
    path("account/delete/", accounts.delete, name="account_delete"),
    path("account/without-address/", accounts.without_address, name="account_without_address"),
    path("account/choose-password/", accounts.choose_password, name="account_choose_password"),
    path("account/sign-up-again/", accounts.sign_up_again, name="account_sign_up_again"),
    path("accounts/signup/", accounts.SignUp.as_view(), name="account_signup"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    # Codes
    path("join/", join.join, name="join"),
    path("join/look/", join.look, name="join_look"),
    path("codes/", codes.panel, name="codes"),
    path("codes/new/", codes.new, name="code_new"),
    path("codes/new/parent/", codes.new_parent_code, name="parent_code_new"),
    path("codes/delete/", codes.delete, name="codes_delete"),
    path("codes/came-in/", codes.came_in, name="codes_came_in"),
    path("codes/<uuid:pk>/", codes.show, name="code"),
    path("codes/<uuid:pk>/class/", codes.show_to_class, name="code_to_class"),
    path("codes/<uuid:pk>/again/", codes.again, name="code_again"),
    path("codes/<uuid:pk>/qr.svg", codes.qr, name="code_qr"),
    path("codes/<uuid:pk>/sheet.pdf", sheets.of_code, name="code_sheet"),
    # Places
    path("courses/new/", places.new_course, name="course_new"),
    path("workspaces/new/", places.new_workspace, name="workspace_new"),
    path("places/<uuid:pk>/", places.show, name="place"),
    path("places/<uuid:pk>/edit/", places.edit, name="place_edit"),
    path("places/<uuid:pk>/groups/new/", places.new_group, name="group_new"),
    path("places/<uuid:pk>/blue/", places.flip_blue, name="place_blue"),
    path("places/<uuid:pk>/green/", places.flip_green, name="place_green"),
    path("places/<uuid:pk>/as/<eyes:eyes>/", preview.show, name="view_as"),
    path(
        "places/<uuid:pk>/as/<eyes:eyes>/places/<uuid:inner>/", preview.place, name="view_as_place"
    ),
    path("places/<uuid:pk>/as/<eyes:eyes>/items/<uuid:item>/", preview.item, name="view_as_item"),
    path(
        "places/<uuid:pk>/as/<eyes:eyes>/items/<uuid:item>/file/",
        preview.file,
        name="view_as_file",
    ),
    path("places/<uuid:pk>/archive/", years.archive, name="course_archive"),
    path("places/<uuid:pk>/reopen/", years.reopen, name="course_reopen"),
    path("places/<uuid:pk>/copy/", years.copy, name="course_copy"),
    # Members
    path("places/<uuid:pk>/members/", members.show, name="members"),
    path("places/<uuid:pk>/members/add/", members.add, name="members_add"),
    path("places/<uuid:pk>/members/<uuid:person>/", members.change, name="member_change"),
    path("places/<uuid:pk>/members/<uuid:person>/remove/", members.remove, name="member_remove"),
    path("places/<uuid:pk>/leave/", members.leave, name="leave"),
    # Young students
    path("places/<uuid:pk>/students/new/", young_students.new, name="students_new"),
    path("places/<uuid:pk>/students/cards/", young_students.cards, name="sign_in_cards"),
    path("students/<uuid:pk>/sign-in/", young_students.sign_in, name="sign_in_issue"),
    # Sheets
    path("places/<uuid:pk>/sheets/new/", sheets.new, name="sheets_new"),
    path("sheets/<uuid:pk>/", sheets.show, name="sheet_run"),
    path("sheets/<uuid:pk>/again/", sheets.again, name="sheet_run_again"),
    path("sheets/<uuid:pk>/void/", sheets.void, name="sheets_void"),
    # Content
    path("places/<uuid:pk>/folders/new/", items.new_folder, name="folder_new"),
    path("places/<uuid:pk>/pages/new/", items.new_page, name="page_new"),
    path("places/<uuid:pk>/links/new/", items.new_link, name="link_new"),
    path("places/<uuid:pk>/files/new/", files.new, name="file_new"),
    path("places/<uuid:pk>/deleted/", items.deleted, name="deleted"),
    path("items/preview/", items.preview, name="item_preview"),
    path("items/<uuid:pk>/", items.show, name="item"),
    path("items/<uuid:pk>/file/", files.download, name="item_file"),
    path("items/<uuid:pk>/up/", order.move_up, name="item_up"),
    path("items/<uuid:pk>/down/", order.move_down, name="item_down"),
    path("items/<uuid:pk>/move/", order.move, name="item_move"),
    path("items/<uuid:pk>/edit/", items.edit, name="item_edit"),
    path("items/<uuid:pk>/delete/", items.delete, name="item_delete"),
    path("items/<uuid:pk>/restore/", items.restore, name="item_restore"),
    path("items/<uuid:pk>/blue/", items.flip_blue, name="item_blue"),
    path("items/<uuid:pk>/green/", items.flip_green, name="item_green"),
    # Tests: making one
    path("places/<uuid:pk>/tests/new/", assessments.new, name="test_new"),
    path("items/<uuid:pk>/test/", assessments.edit, name="test_edit"),
    path("items/<uuid:pk>/questions/new/", assessments.new_question, name="question_new"),
    path(
        "items/<uuid:pk>/questions/<uuid:question>/",
        assessments.edit_question,
        name="question_edit",
    ),
    path(
        "items/<uuid:pk>/questions/<uuid:question>/delete/",
        assessments.delete_question,
        name="question_delete",
    ),
    path(
        "items/<uuid:pk>/questions/<uuid:question>/move/",
        assessments.move_question,
        name="question_move",
    ),
    # Tests: taking one
    path("items/<uuid:pk>/begin/", taking.begin, name="test_begin"),
    path("items/<uuid:pk>/take/", taking.take, name="test_take"),
    path("items/<uuid:pk>/take/save/", taking.save, name="test_save"),
    path("items/<uuid:pk>/submit/", taking.submit, name="test_submit"),
    # Tests: marking them, and their results
    path("marking/", marking.to_mark, name="to_mark"),
    path("items/<uuid:pk>/mark/", marking.mark, name="test_mark"),
    path("items/<uuid:pk>/results/", marking.table, name="test_results"),
    path("items/<uuid:pk>/results.csv", marking.export, name="test_export"),
    path("items/<uuid:pk>/attempts/<uuid:attempt>/", marking.attempt, name="attempt"),
    path("items/<uuid:pk>/attempts/<uuid:attempt>/unlock/", marking.unlock, name="attempt_unlock"),
    # Students and their parents
    path("students/<uuid:pk>/", students.profile, name="student"),
    path("students/<uuid:pk>/language/", students.language, name="student_language"),
    path("students/<uuid:pk>/links/<uuid:link>/end/", requests.new, name="request_new"),
    path("children/", children.index, name="children"),
    path("children/<uuid:child>/", children.profile, name="child"),
    path("children/<uuid:child>/places/<uuid:pk>/", children.place, name="child_place"),
    path("children/<uuid:child>/items/<uuid:pk>/", children.item, name="child_item"),
    path("children/<uuid:child>/items/<uuid:pk>/file/", files.child_download, name="child_file"),
    path("children/<uuid:child>/leave/", requests.leave, name="child_leave"),
    path(
        "children/<uuid:child>/links/<uuid:link>/end/",
        requests.new_by_parent,
        name="child_request_new",
    ),
    # The support desk
    path("desk/", desk_requests.index, name="desk"),
    path("desk/requests/<uuid:pk>/", desk_requests.show, name="desk_request"),
    path("desk/links/<uuid:link>/request/", desk_requests.new, name="desk_request_new"),
    path("desk/links/<uuid:pk>/revoke/", decisions.revoke, name="desk_revoke"),
    path("desk/students/<uuid:pk>/bar/", decisions.bar, name="desk_bar"),
    path("desk/bars/<uuid:pk>/lift/", decisions.lift, name="desk_lift"),
    path("desk/students/<uuid:pk>/hold/", decisions.hold, name="desk_hold"),
    path("desk/holds/<uuid:pk>/release/", decisions.release, name="desk_release"),
    path("desk/people/", people.search, name="desk_people"),
    path("desk/people/<uuid:pk>/", people.person, name="desk_person"),
    path("desk/people/<uuid:pk>/administrator/", people.administrator, name="desk_administrator"),
    path("desk/people/<uuid:pk>/export/", personal_data.export, name="desk_export"),
    path("desk/people/<uuid:pk>/deactivate/", personal_data.deactivate, name="desk_deactivate"),
    path("desk/people/<uuid:pk>/erase/", personal_data.erase, name="desk_erase"),
    path("desk/exports/<uuid:pk>/", personal_data.download, name="desk_export_file"),
    path("desk/log/", log.show, name="desk_log"),
    path("desk/log.csv", log.export, {"form": "csv"}, name="desk_log_csv"),
    path("desk/log.jsonl", log.export, {"form": "jsonl"}, name="desk_log_json"),
]

if settings.DEMO:
    urlpatterns += [
        path("outbox/", demo.outbox, name="outbox"),
        path("outbox/<str:name>/<int:part>/", demo.attachment, name="outbox_attachment"),
    ]
