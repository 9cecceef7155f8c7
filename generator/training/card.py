"""The card of a checkpoint: what it is, for people."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["write_card"]


def token_name(config: dict[str, Any]) -> str:
    """What one token is, in words."""
    kind = config.get("provenance", {}).get("tokenizer", "token")
    return f"character of the alphabet '{kind}'" if config["medium"] == "music" else str(kind)


def write_card(config: dict[str, Any], parameters: int) -> str:
    """``card.md`` from what ``config.json`` says.

    Args:
        config: As written beside it.
        parameters: Trained values of the network.
    """
    provenance, scores = config.get("provenance", {}), config.get("scores", {})
    model = config["model"]
    lines = [
        f"# {config['name']}",
        "",
        f"Writes {config['medium']}, one {token_name(config)} at a time: {model['num_layers']} x "
        f"{model['cell'].upper()} of {model['hidden_size']}, {parameters:,} parameters, "
        f"{model['vocab_size']} tokens.",
        "",
        "| | |",
        "|---|---|",
        f"| learnt from | {provenance.get('source', 'unknown')} |",
        f"| licence of the text | {provenance.get('licence') or 'not stated'} |",
        f"| digest of the corpus | `{provenance.get('corpus_digest', '')[:16]}` |",
        f"| made with | `{provenance.get('command', '')}` |",
        f"| seed | {provenance.get('seed')} |",
        f"| date | {provenance.get('date')} |",
        f"| versions | {', '.join(f'{name} {value}' for name, value in provenance.get('versions', {}).items())} |",
        f"| training | {scores.get('epochs', 0):.1f} epochs, {scores.get('step', 0):,} steps, "
        f"{scores.get('seconds', 0) / 60:.1f} minutes |",
    ]
    if earlier := provenance.get("earlier"):
        before = earlier.get("scores") or {}
        lines.append(
            f"| trained before with | `{earlier.get('command')}`: {before.get('epochs', 0):.1f} epochs, "
            f"{before.get('seconds', 0) / 60:.1f} minutes |"
        )
    for name, figures in (scores.get("protocols") or {}).items():
        lines.append(f"| validation, {name} | {figures['nats']:.4f} nats, {figures['bits']:.4f} bits per character |")
    if not scores.get("protocols") and scores.get("valid_nats") is not None:
        bits = scores["valid_nats"] / math.log(2)
        lines.append(f"| validation, estimated | {scores['valid_nats']:.4f} nats, {bits:.4f} bits per character |")
    if config.get("temperature"):
        lines.append(f"| best softmax temperature on validation | {config['temperature']:.3f} |")
    for field, values in (config.get("tag_fields") or {}).items():
        shown = ", ".join(values[:12]) + (", ..." if len(values) > 12 else "")
        lines.append(f"| tag `{field}` | {shown} |")
    if scores.get("protocols"):
        lines += [
            "",
            "carried: one pass over the whole validation text with the state carried; windowed: windows of 256",
            "characters from the zero state, over the whole of it. `python -m generator.evaluate` measures them.",
        ]
    return "\n".join(lines) + "\n"
