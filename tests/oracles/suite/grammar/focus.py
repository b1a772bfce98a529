"""Most messages are odd in one respect only: one that is odd in all is refused for the first, and shows nothing."""


class Focus:
    """Draws where a message is odd; some are so everywhere."""

    def __init__(self, random, *places):
        self.random = random
        self.place = random.choice((*places, *places, "everywhere"))

    def odd(self, place, chance=0.7):
        return self.place in (place, "everywhere") and self.random.random() < (chance if self.place == place else chance / 3)

    def pick(self, place, usual, others, chance=0.7):
        """One of the others where this place is odd, else what is usual."""
        return self.random.choice(others) if self.odd(place, chance) else usual
