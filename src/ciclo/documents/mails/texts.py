"""The words of mails beside their templates: what buttons and tables say in each language."""

from dataclasses import dataclass
from typing import Final

from ciclo.documents.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTexts:
    """What stands around a mail's own words."""

    sign_in: str
    see_webhooks: str
    pay: str
    confirm: str
    see_invoice: str
    see_subscription: str
    change_card: str
    card: str
    expires: str
    plan: str
    price: str
    first_charge: str
    next_charge: str
    ended: str
    refunded: str
    why: str
    terms: str
    privacy: str


MAIL_WORDS: Final = {
    Language.PORTUGUESE: MailTexts(
        sign_in="Entrar",
        see_webhooks="Ver os webhooks",
        pay="Ver e pagar a fatura",
        confirm="Confirmar o pagamento",
        see_invoice="Ver a fatura",
        see_subscription="Ver a assinatura",
        change_card="Atualizar o cartão",
        card="Cartão",
        expires="Validade",
        plan="Plano",
        price="Preço",
        first_charge="Primeira cobrança",
        next_charge="Próxima cobrança",
        ended="Encerrada em",
        refunded="Valor devolvido",
        why="Você recebe esta mensagem por causa da sua assinatura: {seller}",
        terms="Termos de uso",
        privacy="Política de privacidade",
    ),
    Language.ENGLISH: MailTexts(
        sign_in="Sign in",
        see_webhooks="See the webhooks",
        pay="See and pay the invoice",
        confirm="Confirm the payment",
        see_invoice="See the invoice",
        see_subscription="See the subscription",
        change_card="Update the card",
        card="Card",
        expires="Good until",
        plan="Plan",
        price="Price",
        first_charge="First charge",
        next_charge="Next charge",
        ended="Ended on",
        refunded="Amount refunded",
        why="You get this message because of your subscription: {seller}",
        terms="Terms of use",
        privacy="Privacy policy",
    ),
}
