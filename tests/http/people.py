"""A desk with accounts and some people: Ada (admin), Theo (therapist) of Pia (patient), Pete (patient), Max, Mia."""

from dataclasses import dataclass, field

from aiohttp import ClientSession
from argon2 import PasswordHasher

from service.accounts.passwords import Passwords
from service.accounts.people import COMMAND_LINE, People
from service.model.accounts import Role, User
from tests.http.conftest import Place

PASSWORD = "correct horse"
ROLES = {
    "Ada": Role.ADMIN,
    "Theo": Role.THERAPIST,
    "Pia": Role.PATIENT,
    "Pete": Role.PATIENT,
    "Max": Role.MEMBER,
    "Mia": Role.MEMBER,
}
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # the hash says how it was made


@dataclass
class Town:
    """A desk and who may sign in there; everybody's password is the same."""

    place: Place
    users: dict[str, User] = field(default_factory=dict)

    @property
    def people(self) -> People:
        """What the command line has: the accounts in the database."""
        return People(self.place.desk.store.accounts, Passwords(QUICK))  # type: ignore[attr-defined]  # SQLite here

    async def settle(self) -> "Town":
        """Add everybody."""
        for name, role in ROLES.items():
            self.users[name] = await self.people.add(COMMAND_LINE, name, PASSWORD, role)
        await self.people.assign(COMMAND_LINE, "Theo", "Pia")
        return self

    async def login(self, name: str, password: str = PASSWORD) -> dict:
        """Return what the login answers."""
        return await self.place.post("/api/v1/auth/login", {"username": name, "password": password}, 200)

    async def headers(self, name: str) -> dict[str, str]:
        """Return the header of somebody who has just signed in."""
        return {"Authorization": f"Bearer {(await self.login(name))['access_token']}"}

    async def as_(self, name: str) -> "Person":
        """Return somebody who has just signed in."""
        return Person(self.place, await self.login(name), self.users[name])


@dataclass
class Person:
    """Somebody with a token in hand."""

    place: Place
    granted: dict
    user: User

    @property
    def header(self) -> dict[str, str]:
        """The header that says who asks."""
        return {"Authorization": f"Bearer {self.granted['access_token']}"}

    async def call(self, method: str, path: str, status: int, body: object = None) -> dict:
        """Send a request and return the JSON of its answer, which has to have this status."""
        async with self.place.http.request(method, path, json=body, headers=self.header) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return await answer.json(content_type=None) if text else {}

    async def submit(self, kind: str = "demo", **args: object) -> dict:
        """Submit a job and return it."""
        return await self.call("POST", "/api/v1/jobs", 202, {"kind": kind, "args": args})


def anonymous(place: Place) -> ClientSession:
    """Return a client without cookies."""
    return place.http
