"""Tables: the nouns that are kept, one small file each. Imports third-party packages only.

A model in this folder is a table. The text model, which understands the words of a customer, lives in
`service/understand`. Changes of the tables from version to version are in `migrations/`. Only `service/record` reads
and writes rows.
"""

from models.announcement import AnnouncementRecord
from models.audit import AuditRecord
from models.base import metadata
from models.contact import ContactRecord
from models.daily_key import DailyKeyRecord
from models.decision import DecisionRecord
from models.delivery import DeliveryRecord
from models.edition import EditionRecord
from models.event import EventRecord
from models.goal import GoalRecord
from models.idempotency import IdempotencyRecord
from models.key import KeyRecord
from models.outcome import OutcomeRecord
from models.promise import PromiseRecord
from models.step import StepRecord
from models.text import TextRecord

__all__ = [
    "AnnouncementRecord",
    "AuditRecord",
    "ContactRecord",
    "DailyKeyRecord",
    "DecisionRecord",
    "DeliveryRecord",
    "EditionRecord",
    "EventRecord",
    "GoalRecord",
    "IdempotencyRecord",
    "KeyRecord",
    "OutcomeRecord",
    "PromiseRecord",
    "StepRecord",
    "TextRecord",
    "metadata",
]
