"""The program that computes a plan, with its public arguments.

They follow from plan, price and agreement alone, so every member's agent makes the same.
"""

from __future__ import annotations

from crypto.mpc.programs.names import JOIN, UNION
from crypto.mpc.specification import ProgramCall
from market.agent.sessions.join_arguments import join_arguments
from market.pricing.quote import Quote
from market.records.agreement import Agreement


def program_of(agreement: Agreement, price: Quote) -> ProgramCall:
    """What every member's worker runs.

    Raises:
        FormatError: more than a session can hold.
    """
    if agreement.proposal.composition == "join":
        return ProgramCall(JOIN, join_arguments(agreement, price).to_json())
    scales = [str(output.scale_squared) for output in price.outputs]
    return ProgramCall(UNION, {"law": price.outputs[0].law, "scales_squared": scales})
