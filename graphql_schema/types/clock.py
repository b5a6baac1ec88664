"""The billing clock: its type."""

from datetime import datetime

import strawberry


@strawberry.type(description="What the billing clock shows.")
class Clock:
    """A clock."""

    now: datetime
    sandbox: bool = strawberry.field(description="Whether it can be moved.")
