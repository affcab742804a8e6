"""Forms: what a person types, checked as far as it can be without a rule of the school."""

from typing import Any


class PlainLabels:
    """A form whose labels end without a colon, as all of ours do. Stands before Django's class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
