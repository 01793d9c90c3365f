"""Print the example program: invented people, no rights kept. Run `python -m examples.heatsheets.make`."""

from pathlib import Path

from tests.kinds.heatsheet_maker import Entry, Heat, Meet, SwimEvent, print_sheet

HERE = Path(__file__).parent
CLUBS = ("Otter Swim Club-PC", "STAR-NI", "Lakeside Aquatic-NT", "Blue Marlins-NI")
GIRLS = (
    "Müller, Zoë",
    "Li, Ann",
    "O'Neil, Maeve",
    "García, Inés",
    "Okafor, Ada",
    "Smith, Jo",
    "Nguyen, Mia B",
    "De La Cruz, Ruby",
)
BOYS = (
    "Patel, Noah",
    "Kowalski, Jan",
    "Smith-Jones, Leo",
    "Johnson, Eli A",
    "Åberg, Nils",
    "Ng, Bo",
    "Haddad, Sami",
    "Van Dyke, Max",
)
STROKES = ("Freestyle", "Backstroke", "Breaststroke", "Butterfly")
LANES = 4


def main() -> None:
    """Print examples/heatsheets/otter-program.pdf."""
    events = []
    minutes = 9 * 60
    for number in range(1, 17):
        people = GIRLS if number % 2 else BOYS
        who = "Girls" if number % 2 else "Boys"
        heats = []
        for heat in range(1, 3):
            swimmers = people[(heat - 1) * LANES : heat * LANES]
            entries = tuple(
                Entry(
                    lane,
                    name,
                    9 + len(name) % 2,
                    CLUBS[len(name) % 4],
                    f"{36 + (number * 7 + lane * 3) % 20}.{heat}{lane}",
                )
                for lane, name in enumerate(swimmers, 1)
            )
            starts = f"{minutes // 60:02d}:{minutes % 60:02d} AM" if heat == 1 or number % 3 else None
            heats.append(Heat(entries, heat, starts))
            minutes += 2
        events.append(SwimEvent(number, f"{who} 9-10 50 Yard {STROKES[(number - 1) // 2 % 4]}", tuple(heats)))
    marlins = [name for name in (*GIRLS, *BOYS) if len(name) % 4 == 3][:4]
    legs = tuple((name, 9 + len(name) % 2) for name in marlins)
    relay = Entry(2, None, None, CLUBS[3], "2:31.04", relay="A", legs=legs)
    events.append(SwimEvent(17, "Mixed 10 & Under 200 Yard Medley Relay", (Heat((relay,), 1, "10:15 AM"),)))
    meet = Meet(
        name="Otter Spring Open", dates="5/17/2025 to 5/18/2025", printed="7:40 PM 5/14/2025", columns=2
    )
    print_sheet(HERE / "otter-program.pdf", meet, events)


if __name__ == "__main__":
    main()
