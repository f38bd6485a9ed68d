"""The minutes that a lesson takes, by its words, figures and questions.

Words are read at WORDS_A_MINUTE. The rest is estimated: a figure is looked at and turned, a phrase is pressed and its
effect looked at, a prediction and a question are thought over, a training is waited for.
"""

import math
from dataclasses import dataclass

from app.teaching.figures import figures
from app.teaching.lessons import Block, Lesson
from app.teaching.prose import phrase, prose
from app.teaching.question import Question
from app.teaching.questions import questions_of

WORDS_A_MINUTE = 200
FIGURE, FORMULA, PHRASE, PREDICTION, TRAINING, QUESTION = 40.0, 15.0, 6.0, 20.0, 40.0, 30.0  # seconds, beside the words


@dataclass(frozen=True)
class Minutes:
    """Whole minutes: of the steps, and of the questions at the end."""

    steps: int
    quiz: int

    @property
    def together(self) -> int:
        """Of the whole lesson."""
        return self.steps + self.quiz

    @property
    def words(self) -> str:
        """As in “17 minutes, 8 of them for questions”."""
        said = f"{self.together} minute{'' if self.together == 1 else 's'}"
        return f"{said}, {self.quiz} of them for questions" if self.quiz else said


def minutes(lesson: Lesson) -> Minutes:
    """The minutes of a lesson."""
    blocks = [block for section in lesson.sections for block in section.blocks]
    steps = _reading(words_of(lesson)) + sum(map(_seconds, blocks))
    quiz = sum(_reading(_words_of_one(one)) + QUESTION for one in questions_of(lesson.path.parent).values())
    return Minutes(math.ceil(steps / 60), math.ceil(quiz / 60))


def words_of(lesson: Lesson) -> int:
    """The number of words to read before the questions."""
    texts = [section.title for section in lesson.sections]
    texts += [prose(b.markdown).text for section in lesson.sections for b in section.blocks if b.kind == "prose"]
    texts += [prediction.ask for prediction in lesson.predictions.values()]
    return sum(len(text.split()) for text in texts)


def _words_of_one(question: Question) -> int:
    """Of a question without its hints, which only some open."""
    texts = (text for name, text in question.texts().items() if not name.startswith("hint"))
    return sum(len(phrase(text).text.split()) for text in texts)


def _seconds(block: Block) -> float:
    if block.kind == "figure":
        return FIGURE + TRAINING * (figures()[block.name].trains and block.options.get("train", True))
    phrases = sum(one.scheme == "set" for one in prose(block.markdown).references) if block.kind == "prose" else 0
    return PHRASE * phrases + {"formula": FORMULA, "predict": PREDICTION}.get(block.kind, 0)


def _reading(words: int) -> float:
    return 60 * words / WORDS_A_MINUTE
