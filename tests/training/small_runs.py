"""Settings of a training that takes a second."""

from generator.config import ModelConfig, TrainingConfig

LINES = (
    "the river carries what the mountain lets go",
    "a lamp is lit, and all the room comes near",
    "nobody counts the rain until it stops",
    "we row by night and sing to keep the stroke",
)
SMALL = ModelConfig(hidden_size=16, num_layers=2, dropout=0.3, weight_dropout=0.2)
QUICK = TrainingConfig(
    epochs=6,
    batch_size=4,
    bptt_steps=16,
    precision="float32",
    threads=1,
    validations=3,
    learning_rate=1e-2,
)
