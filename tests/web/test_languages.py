"""French and Spanish: whole, true to the English, and what people come to read (A3)."""

import ast
import re
import struct
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polib  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override
from django.utils.translation.template import templatize

from tests.web.browsing import at, browser_of, html, walk, words
from tests.world import School

CODE = Path(settings.BASE_DIR, "classkey")
LANGUAGES = ["es", "fr"]
