"""Run with a school's settings: gives the workers a job in which there is nothing to do."""

import django

if __name__ == "__main__":
    django.setup()
    from classkey.school import tasks

    tasks.remind_of_requests.enqueue()
