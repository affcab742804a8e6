"""Asking for parent-code sheets, doing the queue's work, and reading what came by mail."""

from email.message import EmailMessage

import pypdfium2
import zxingcpp
from django_tasks_db.models import DBTaskResult

from classkey.school import tasks
from classkey.school.models import Place, SheetPart
from classkey.school.sheets import runs
from classkey.school.sheets.runs import Whom, Wishes
from classkey.school.viewer import Viewer
from tests.world import School


def ask(
    school: School,
    place: Place | None = None,
    whom: Whom = Whom.ALL,
    wishes: Wishes | None = None,
) -> SheetPart:
    """Tess asks for the sheets of the owls: Anna's and Cleo's. Returns the one part."""
    where = place or school.owls
    students = runs.students_in(where, whom)
    return tasks.ask_for_sheets(Viewer(school.tess), where, students, wishes).parts.get()


def run_queue() -> int:
    """Do every job that is due, as a worker does; return how many there were."""
    due = list(DBTaskResult.objects.ready().filter(queue_name="sheets"))
    for job in due:
        DBTaskResult.objects.filter(pk=job.pk).delete()
        job.task.call(*job.args_kwargs["args"])
    return len(due)


def pdf_of(mail: EmailMessage) -> pypdfium2.PdfDocument:
    """Return what is attached to a mail."""
    (attachment,) = mail.iter_attachments()
    return pypdfium2.PdfDocument(attachment.get_payload(decode=True))


def pages_of(pdf: pypdfium2.PdfDocument) -> list[str]:
    """Return the text of each page."""
    return [page.get_textpage().get_text_bounded() for page in pdf]


def scans_of(pdf: pypdfium2.PdfDocument) -> list[str]:
    """Return what a phone reads from each page."""
    pictures = [page.render(scale=100 / 72).to_pil() for page in pdf]
    return [barcode.text for picture in pictures for barcode in zxingcpp.read_barcodes(picture)]
