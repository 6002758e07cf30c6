"""The table `[access]` of `claudecost.toml`: who may see what."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.analysis.access import Grant, Rules, Viewer
from bot.settings.values import parse_admin, parse_channel, parse_group, parse_list, parse_user


def parse_alone(value: object) -> object:
    """One table as the only one of several."""
    return [value] if isinstance(value, dict) else value


SomeWords: TypeAlias = Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(parse_list)]
"""One word, or several."""


class ViewerTable(BaseModel):
    """Who sees what: users, user groups and channels by their ids; workspaces and keys by id, name, or a pattern.

    Somebody who is meant by several sees what any of them names; one that names neither shows everything.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    users: Annotated[list[Annotated[str, AfterValidator(parse_user)]], BeforeValidator(parse_list)] = []
    groups: Annotated[list[Annotated[str, AfterValidator(parse_group)]], BeforeValidator(parse_list)] = []
    channels: Annotated[list[Annotated[str, AfterValidator(parse_channel)]], BeforeValidator(parse_list)] = []
    workspaces: SomeWords = []
    keys: SomeWords = []

    @model_validator(mode="after")
    def check_means_somebody(self) -> ViewerTable:
        """One that nobody is meant by is a slip of the pen."""
        if not (self.users or self.groups or self.channels):
            raise ValueError('means nobody; give `users = ["U…"]`, `groups = ["S…"]` or `channels = ["C…"]`')
        return self

    def built(self) -> Viewer:
        """As the rules take it."""
        return Viewer(
            sees=Grant(tuple(self.workspaces), tuple(self.keys)),
            users=frozenset(self.users),
            groups=frozenset(self.groups),
            channels=frozenset(self.channels),
        )


class AccessTable(BaseModel):
    """Who may see what, and for how many days it is remembered who asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    admins: Annotated[list[Annotated[str, AfterValidator(parse_admin)]], BeforeValidator(parse_list)] = []
    viewers: Annotated[list[ViewerTable], BeforeValidator(parse_alone)] = []
    audit_days: int = Field(default=365, ge=1, le=3650)

    def built(self) -> Rules:
        """As listeners take it."""
        return Rules(frozenset(self.admins), tuple(viewer.built() for viewer in self.viewers))
