"""Invented people. Names are unusual, so that a hit in a file is a leak and no chance."""

import typing


class Person(typing.NamedTuple):
    first: str
    last: str
    email: str
    phone: str
    street: str
    password: str

    @property
    def name(self):
        return f"{self.first} {self.last}"

    def values(self):
        """What must never be found in clear. A password is the application's own affair: it hashes it."""
        return [self.first, self.last, self.name, self.email, self.phone, self.street]


# First name, last name, mailbox. Letters outside ASCII, quotes, markup and long names are here on purpose.
NAMES = [
    ("Quillona", "Adderbrook", "quillona.adderbrook"),
    ("Zoëlle", "O'Harrigan", "zoelle.oharrigan"),
    ("Łucjanna", "Żakowieczka", "lucjanna.zakowieczka"),
    ("Brandtwyn", "Castlemoor", "brandtwyn_castlemoor"),
    ("Ximénabel", "Ñandúvarro", "ximenabel"),
    ("Thorwaldine", "Grønnesund", "thorwaldine.g"),
    ("Cressidora", "<b>Vandermeer</b>", "cressidora"),
    ("Ottoberta", "Müllerström", "ottoberta.muellerstroem"),
    ("Pellegrim", "\"Nightjar\" Doyle", "pellegrim.doyle"),
    ("Søulvej", "Ångsbackens", "soulvej"),
    ("Marguerique", "d'Aubervilliers-Saint-Étienne", "marguerique"),
    ("Евлампида", "Перехватова", "evlampida"),
    ("雲田山風雨", "斎藤原村町", "kumodayama"),
    ("Ishbelinda", "McTavisham", "ishbelinda"),
    ("Hroðgarius", "Þórbjarnars", "hrodgarius"),
    ("Wilhelmeena", "van-der-Bruggenhout", "wilhelmeena"),
    ("Anastazjusz", "Wyszogrodzki", "anastazjusz"),
    ("Fionnghuala", "Ní-Dhomhnaillín", "fionnghuala"),
    ("Kwabenabil", "Asantewaahene", "kwabenabil"),
    ("Tuuliviima", "Järvenpäälainen", "tuuliviima"),
    ("Giacomette", "Dell'Acquasparta", "giacomette"),
    ("Ngozichuks", "Okonkwobasi", "ngozichuks"),
    ("Percivalda", "Smythe & Sonsbury", "percivalda"),
    ("Yevhenikko", "Хмельниченков", "yevhenikko"),
]

PEOPLE = [
    Person(
        first,
        last,
        f"{mailbox}@customers.example",
        # Numbers reserved for drama by Ofcom: +44 20 7946 0000 to 0999.
        f"+44 20 7946 0{index:03}",
        f"{index + 1} Wexcombe-under-Hill Terrace",
        f"Quartz.bydolmen{index:02}",
    )
    for index, (first, last, mailbox) in enumerate(NAMES)
]
