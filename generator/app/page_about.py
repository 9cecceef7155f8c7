"""The page About: what the program does and does not do, in plain words, and what was measured of it."""

from __future__ import annotations

import streamlit as st

from .. import __version__
from ..errors import GeneratorError
from ..places import PREPARED, checkpoints_home
from .about_facts import ModelFacts, corpus_facts, model_facts
from .errors_in_words import said
from .escaping import escaped
from .gallery_shelf import one_for_all
from .languages import _, in_words, labelled
from .tables import show_table

__all__ = ["page"]


def page() -> None:
    """Show the page."""
    st.title(_("About"), anchor=False)
    does()
    does_not()
    scores()
    forms()
    licences()
    privacy()
    st.caption(_("generator {version}, under the MIT licence").format(version=__version__))


def says(*sentences: str) -> None:
    """Sentences as a list."""
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


def does() -> None:
    """What it does."""
    st.subheader(_("What it does"), anchor=False)
    says(
        _(
            "It reads what people have written, poems, plays or music, and learns which character tends to follow "
            "which. Then it writes on, one character after the other, each drawn from the probabilities that it "
            "learnt. Music is written the same way, in an alphabet of its own."
        ),
        _(
            "It keeps what can be kept by rule: tones, rhymes and metre of a poem, bars that add up, a melody of "
            "yours that stands note for note."
        ),
        _(
            "The same model, settings and seed write the same again. Both stand in the link, and in every piece of "
            "the gallery."
        ),
        _("It learns from files of yours too, on this computer, in minutes to hours."),
    )


def does_not() -> None:
    """What it does not do."""
    st.subheader(_("What it does not do"), anchor=False)
    says(
        _(
            "It does not understand. It knows no world and means nothing by what it writes: sense comes and goes, "
            "names and facts are made up, and a long text does not follow a thread."
        ),
        _(
            "It may copy. A model has read its text many times, and now and then writes a run of it again, most "
            "likely at low temperature or after a well-known beginning. Under each text on the page Compose, What "
            "is copied? shows the longest run that also stands in the text that it learnt from, and where. That "
            "text must be here; the page Corpora fetches it. Variations of a phrase are not found this way."
        ),
        _("It repeats what is in its sources. They are old, and so are their opinions; nobody has sorted them."),
        _(
            "It does not judge. Bits per character say how well it predicts, not how good a poem is; that is for "
            "you to say."
        ),
        _("The models here are small. They run on any computer; large language models write far more coherent prose."),
    )


def scores() -> None:
    """What was measured of the models that came with the program."""
    st.subheader(_("The models that come with it, and their measured scores"), anchor=False)
    found = model_facts(checkpoints_home())
    if not found:
        st.info(_("There is no model in the folder checkpoints. Train one on the page Train."))
        return
    show_table(
        [
            {
                _("Model"): facts.name,
                _("Learnt from"): in_words(facts.source.partition(": ")[2] or facts.source) or _("not stated"),
                _("Parameters"): grouped(facts.parameters),
                _("Bits per character, state carried"): shown(facts.carried),
                _("Bits per character, windows of 256"): shown(facts.windowed),
                _("Measured on"): measured(facts),
            }
            for facts in found
        ],
        told=_("The models with what they learnt from and their scores; lower is better."),
        wide={_("Learnt from"): 36, _("Measured on"): 32},
    )
    st.caption(
        _(
            "Bits per character: how many yes-or-no questions the model needs, on average, to guess the next character "
            "of a text that it has not seen. Fewer is better; different alphabets cannot be compared, as a Chinese "
            "character says more than a letter. Carried: one pass over the whole text; windows: each begins without "
            "memory. The numbers are read from the checkpoints; python -m generator.evaluate measures them again."
        )
    )
    for facts in found:
        if facts.card:
            with st.expander(_("Card of {name}").format(name=escaped(facts.name)), icon=":material/description:"):
                st.text(facts.card, width="stretch")
        if facts.problem:
            st.warning(escaped(labelled(facts.name, in_words(facts.problem))))


def shown(bits: float | None) -> str:
    """A score."""
    return "–" if bits is None else f"{bits:.3f}"


def grouped(count: int | None) -> str:
    """A count that people can read."""
    return "–" if count is None else f"{count:,}"


def measured(facts: ModelFacts) -> str:
    """On what a score was measured."""
    if facts.characters is None or facts.carried is None:
        return "–"
    names = {"validation": _("validation text"), "test": _("test text")}
    part = names.get(facts.measured_on, facts.measured_on)
    return _("{part}, {characters:,} characters").format(part=part, characters=facts.characters)


def forms() -> None:
    """How forms are kept."""
    st.subheader(_("How a form is kept"), anchor=False)
    says(
        _(
            "Before each character, a rule works out which ones can still lead to a finished poem in that form, and "
            "the others are taken away. The model chooses among what is left. So a form is never almost kept."
        ),
        _(
            "For Chinese poems the rule knows tones and rhymes by the rhyme books, for English ones stress and sound "
            "by a dictionary of pronunciation. A character with two readings may be read either way, and so may be "
            "heard otherwise than the rule did."
        ),
        _(
            "In tunes and chorales the rule counts beats: every bar is full, tied notes meet, the piece ends where a "
            "piece can end. Whether the harmony is good is up to the model."
        ),
        _("A wish that cannot be met is refused before the first character, with what would do instead."),
        _("A form bends the text: under strict wishes the model often takes a word that it holds unlikely."),
    )


def licences() -> None:
    """Under which terms the corpora come."""
    st.subheader(_("What it learnt from, and under which licence"), anchor=False)
    try:
        found = corpus_facts(PREPARED)
    except GeneratorError as error:
        st.error(escaped(said(error)))
        return
    show_table(
        [
            {
                _("Corpus"): facts.name,
                _("What it is"): in_words(facts.title),
                _("Licence"): in_words(facts.licence) or _("not stated"),
            }
            for facts in found
        ],
        told=_("The corpora that are known by name, with their licences."),
        wide={_("What it is"): 24, _("Licence"): 20},
    )
    st.caption(_("Whether a text that a model wrote is free to use depends on how much of its source is in it: look."))


def privacy() -> None:
    """What becomes of what a person enters."""
    st.subheader(_("What becomes of your words"), anchor=False)
    facts = [
        _(
            "Everything runs on the computer that serves this page. What you enter, upload and keep is sent nowhere "
            "else. Usage statistics are switched off. The network is used only where you fetch a corpus."
        ),
        _(
            "Other visitors do not see what you write. Closing the tab stops what was being written and forgets what "
            "was not kept; a training goes on until it is stopped."
        ),
        _(
            "Trainings are common to all who can open this app: everyone sees their curves and samples, and may use "
            "the models. The text that one learns from is shown to nobody but who gave it."
        ),
        _("Whoever has the link to a piece can read it, with its settings. Links cannot be guessed."),
    ]
    try:
        shared, problem = one_for_all(), ""
    except GeneratorError as error:
        shared, problem = False, said(error)
    if shared:
        facts.append(_("All visitors of this server share one gallery; its owner has set it so."))
    elif not problem:
        facts.append(
            _(
                "What you keep lies in a file on that computer, on a shelf of your browser's own. One cookie, set when "
                "you first keep something or begin a training, lets the browser find its shelf again; it holds a "
                "random number and nothing else. If you delete your cookies, or change the browser, export your "
                "gallery before."
            )
        )
    facts.append(
        _(
            "The server's own cookie, gone when the browser is closed, lets it tell its pages from forged ones; it "
            "says nothing about you."
        )
    )
    says(*facts)
    if problem:
        st.error(escaped(problem))
