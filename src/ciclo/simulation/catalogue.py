"""The plans of the demo business: a fitness platform for students and personal trainers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ciclo.domain.plan import UNLIMITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One offer, sold in four cycles; the longer ones are cheaper a month."""

    name: str
    monthly: Decimal
    user_type: str
    description: str
    features: tuple[str, ...]
    limits: dict[str, int]


TIERS: Final = (
    Tier(
        name="Aluno",
        monthly=Decimal("29.90"),
        user_type="ALUNO",
        description="Para treinar com quem entende.",
        features=("Treinos e metas sem limite", "1 personal vinculado", "Histórico de 12 meses"),
        limits={"personais": 1},
    ),
    Tier(
        name="Personal",
        monthly=Decimal("79.90"),
        user_type="PERSONAL",
        description="Para quem atende alunos todos os dias.",
        features=(
            "Até 30 alunos",
            "Agenda e cobrança por Pix",
            "Relatórios por aluno",
            "Suporte em até 4 horas",
        ),
        limits={"alunos": 30},
    ),
    Tier(
        name="Estúdio",
        monthly=Decimal("199.90"),
        user_type="PERSONAL",
        description="Para equipes e espaços.",
        features=("Alunos sem limite", "Até 10 profissionais", "Notas fiscais automáticas", "Acesso à API"),
        limits={"alunos": UNLIMITED, "profissionais": 10},
    ),
)

_CYCLES: Final = (
    ("MONTHLY", Decimal(1)),
    ("QUARTERLY", Decimal("2.85")),
    ("SEMIANNUAL", Decimal("5.40")),
    ("ANNUAL", Decimal("9.60")),
)
"""Cycles and what each costs in months of the monthly price."""

PlanKey = tuple[str, str]
"""A tier's name and a cycle."""


def plan_inputs() -> dict[PlanKey, dict[str, Any]]:
    """Return the inputs of createPlan for every tier and cycle, as they are to be listed."""
    return {
        (tier.name, cycle): {
            "name": tier.name,
            "description": tier.description,
            "price": {"amount": str((tier.monthly * months).quantize(Decimal("0.01"))), "currency": "BRL"},
            "billingCycle": cycle,
            "userType": tier.user_type,
            "features": list(tier.features),
            "limits": [{"name": name, "value": value} for name, value in tier.limits.items()],
        }
        for tier in TIERS
        for cycle, months in _CYCLES
    }
