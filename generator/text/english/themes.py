"""What an English poem is about, read off its words: a short list of themes, each with words that speak of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from .words import words_of

__all__ = ["THEMES", "theme_of", "theme_word"]

LEAST = 2  # different words of a theme that a poem must have

THEMES: Mapping[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "love": "love loves lover beloved kiss kisses lips embrace passion desire darling sweetheart wooing cupid",
        "death": "death dead die dies dying grave tomb corpse shroud coffin funeral mortal buried bier",
        "winter": "winter snow snows frost ice icy frozen cold december bleak bare chill snowy wintry",
        "spring": "spring april may bud buds blossom blossoms bloom primrose daffodil lamb lambs vernal cuckoo",
        "summer": "summer june july august noon heat bees ripe meadow hay sultry rose roses",
        "autumn": "autumn october november leaves harvest sheaves yellow fallen wither withered sere mist vintage",
        "night": "night moon stars star midnight darkness dark moonlight dusk nightingale sleep starry lamp",
        "morning": "morning dawn sunrise lark morn awake dew daybreak east aurora waking",
        "evening": "evening twilight sunset eve west fading vesper gloaming setting",
        "sea": "sea waves wave ocean ship sail shore tide foam billow billows deep mariner storm beach",
        "river": "river stream brook waters banks flow bridge flood rill fountain",
        "mountain": "mountain mountains peak peaks hills hill crag cliff height heights summit valley rocks alps",
        "forest": "forest wood woods trees tree oak pine boughs branches grove glade thicket elm",
        "garden": "garden flower flowers rose lily violet lilies violets petals fragrance perfume thorn weed",
        "bird": "bird birds sing song wing wings nest lark thrush nightingale swallow eagle dove feather",
        "music": "music song songs lute harp string strings melody harmony chord notes singer organ lyre",
        "time": "time hours hour years year age days past clock swift moment ages minute",
        "youth": "youth young child childhood boy girl infant children play cradle mother",
        "age": "old age wrinkled gray grey hoary feeble decay withered winters",
        "beauty": "beauty fair fairest eyes cheek hair face grace lovely golden brow",
        "sorrow": "sorrow grief tears weep weeping woe pain sad mourn sigh sighs anguish misery lament",
        "joy": "joy joys mirth laugh laughter glad delight happy bliss smile smiles merry cheer",
        "hope": "hope hopes dream dreams promise future wish faith trust",
        "god": "god lord heaven prayer holy christ soul angels angel altar divine saint blessed cross church",
        "war": "war battle sword blood soldier foe foes banner victory arms fight shield spear drum trumpet",
        "king": "king crown throne queen prince royal sceptre empire court kingdom",
        "freedom": "freedom free liberty tyrant chains slave slaves nation people freeman",
        "country": "england land country home native italy rome greece britain isle patriot",
        "city": "city street streets london tower walls crowd palace towers",
        "poetry": "poet poets verse rhyme muse poem page pen milton shakespeare sonnet numbers",
        "friendship": "friend friends friendship companion kind kindness loyal",
        "memory": "memory remember forget forgotten remembrance memories recall absence absent",
        "sleep": "sleep dream dreams slumber rest pillow bed dreaming drowsy",
        "nature": "nature earth sky clouds wind winds rain grass fields field green",
        "fame": "fame glory name praise laurel renown monument immortal honour",
    }.items()
}


def theme_of(word: str) -> str | None:
    """The theme that a word names or speaks of; None where no theme has it.

    >>> theme_of("winter"), theme_of("snow"), theme_of("sextant")
    ('winter', 'winter', None)
    """
    if word in THEMES:
        return word
    return next((name for name, words in THEMES.items() if word in words), None)


def theme_word(text: str) -> str:
    """The theme that most words of a poem speak of; "" where none has two different ones."""
    counts = Counter(words_of(text))
    found = {name: [counts[word] for word in words if counts[word]] for name, words in THEMES.items()}
    best = max(found, key=lambda name: (len(found[name]), sum(found[name])))
    return best if len(found[best]) >= LEAST else ""
