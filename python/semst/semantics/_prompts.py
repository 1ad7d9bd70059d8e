"""Texts: what a model is asked about a spot, and what it is asked when biology must stay out of it."""

from semst._errors import SemSTError

# own wording of the paper's task: the top genes of a spot, and what they say about it
SPOT_TEMPLATE = (
    "These genes are the most highly expressed ones in one small spot of a tissue section, measured by "
    "spatial transcriptomics, strongest first: {genes}. What do they tell about the cell types, the "
    "biological processes and the anatomical region of this spot?"
)

UNRELATED_QUESTIONS = (
    "How is the winner of a chess tournament decided when two players have the same score?",
    "What is the difference between a violin and a viola?",
    "How do you calculate the area of a trapezium?",
    "Which countries share a border with Switzerland?",
    "How does a four-stroke petrol engine work?",
    "What are the rules for offside in football?",
    "When was the printing press invented, and by whom?",
    "How do I change a flat tyre on a bicycle?",
    "What is the capital of Mongolia?",
    "How does a suspension bridge carry its load?",
    "Why do prices rise when a central bank prints money?",
    "What is the plot of Romeo and Juliet?",
    "How do you tie a bowline knot?",
    "What makes a sonnet different from a ballad?",
    "How many strings does a concert harp have?",
    "How do satellites stay in orbit around the Earth?",
    "What is the best way to pack a suitcase for a week?",
    "Who painted the ceiling of the Sistine Chapel?",
    "How is steel made from iron ore?",
    "What does a gearbox do in a car?",
    "How do sailors steer against the wind?",
    "What is the difference between a comet and an asteroid?",
    "How is a loan with compound interest paid back?",
    "Which instruments play in a string quartet?",
    "How do you prove that the square root of two is irrational?",
    "What were the causes of the First World War?",
    "How does a transistor amplify a signal?",
    "Which letters are vowels in the Finnish alphabet?",
    "How is paper folded into a crane?",
    "What does the Doppler effect do to the sound of a siren?",
    "How are the keys of a piano tuned?",
    "What is the longest railway line in the world?",
    "How does a pendulum clock keep time?",
    "What is a fair way to split a restaurant bill?",
    "How do you write a cover letter for a job in a bank?",
    "What did Galileo see when he looked at Jupiter?",
    "How is glass blown into a vase?",
    "Why does a boomerang come back?",
    "Which chess opening begins with the king's pawn moving two squares?",
    "How does a compiler turn source code into a program?",
    "What is the exchange rate between two currencies determined by?",
    "How do architects plan an emergency exit in a theatre?",
    "What is the difference between weather and climate?",
    "How do you sharpen a kitchen knife on a stone?",
    "Who wrote the libretto of The Magic Flute?",
    "How does a rocket steer in empty space?",
    "What is the meaning of the traffic sign with a red triangle?",
    "How do you read a topographic map?",
    "What are the three laws of motion?",
    "How is a photograph developed in a darkroom?",
    "Which language has the largest number of native speakers?",
    "How do noise-cancelling headphones work?",
    "What is the role of the speaker in a parliament?",
    "How do you solve a system of two linear equations?",
    "Why is the sky blue at noon and red at sunset?",
    "How do trains change tracks at a junction?",
    "What is the difference between copyright and a patent?",
    "How are crossword puzzles composed?",
    "What is the tallest building in the southern hemisphere?",
    "How does a lighthouse lens focus the light of a lamp?",
    "How do you count the points in a game of darts?",
    "What does it cost to send a parcel overseas?",
    "How did the ancient Romans build their roads?",
    "How is a mirror made to reflect almost all light?",
)


def check_template(template: str, *placeholders: str) -> None:
    """Make sure that a template has its placeholders."""
    missing = [p for p in placeholders if p not in template]
    if missing:
        raise SemSTError(
            f"The template {template!r} lacks {' and '.join(missing)}. Write it where the text of a spot or "
            f"gene goes, e.g. {' '.join(placeholders)!r}."
        )
