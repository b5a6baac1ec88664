"""The words of an invoice in each language. Braces are filled in by `str.format`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ciclo.documents.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Everything that a page says of itself; what it says of a customer comes from elsewhere."""

    title: str
    page: str
    tax_id: str

    seller: str
    customer: str
    issued: str
    due: str
    period: str
    days: str

    paid_on: str
    due_on: str
    overdue: str
    cancelled: str
    cancelled_on: str

    description: str
    quantity: str
    tax: str
    tax_at: str
    amount: str
    explained: str
    unused: str
    capped: str
    correction: str
    discounted: str
    discount_code: str
    discount_place: str
    discount_months: str
    tax_within: str

    subtotal: str
    credit: str
    credit_kept: str
    total: str
    total_due: str
    paid_so_far: str

    receipt: str
    received: str
    covered_by_credit: str
    nothing_charged: str
    payments: str
    date: str
    method: str
    refund: str
    refund_asked: str
    refund_arrives: str
    net_received: str

    payment_receipt_title: str
    payment_receipt_paid: str
    payment_receipt_of: str

    credit_notes: str
    credit_note: str
    credit_note_of: str
    credit_note_title: str
    credit_note_issued: str
    credit_note_invoice: str
    credit_note_reason: str
    credit_note_to_balance: str
    credit_note_to_payer: str
    reasons: Mapping[str, str]

    card: str
    card_ending: str
    card_named: str
    pix: str
    boleto: str
    other_method: str

    pix_heading: str
    pix_how: str
    pix_code: str
    pix_until: str
    boleto_heading: str
    boleto_how: str
    boleto_pix_heading: str
    boleto_line: str
    qr_alt: str
    bar_code_alt: str


_PORTUGUESE: Final = Texts(
    title="Fatura {number}",
    page="Página {page} de {pages}",
    tax_id="Identificação fiscal",
    seller="Emitida por",
    customer="Cliente",
    issued="Emissão",
    due="Vencimento",
    period="Período",
    days="{first} a {last}",
    paid_on="Paga em {day}",
    due_on="Em aberto, vence em {day}",
    overdue="Vencida em {day}",
    cancelled="Cancelada",
    cancelled_on="Cancelada em {day}",
    description="Descrição",
    quantity="Qtd.",
    tax="Imposto",
    tax_at="Imposto ({rate})",
    amount="Valor",
    explained="{days} de {total_days} dias {times} {price}",
    unused="Dias não usados: {what}",
    capped="{what}; restavam só {left} a devolver",
    correction="{part} de: {what}",
    discounted="{what} = {gross}, menos {discounts}",
    discount_code="cupom {code}",
    discount_place="{place} de {count}",
    discount_months="por {months} de {of} meses",
    tax_within="dos quais {tax}",
    subtotal="Subtotal",
    credit="Crédito aplicado",
    credit_kept="Guardado como crédito",
    total="Total",
    total_due="Total a pagar",
    paid_so_far="Já pago",
    receipt="Recibo",
    received="Recebemos de {payer} o valor de {amount}, referente à fatura {number}.",
    covered_by_credit="Esta fatura foi paga com crédito do cliente.",
    nothing_charged="Não há valor a pagar por esta fatura.",
    payments="Pagamentos",
    date="Data",
    method="Forma de pagamento",
    refund="Reembolso",
    refund_asked="Reembolso solicitado",
    refund_arrives="Reembolsos chegam em até 5 dias úteis.",
    net_received="Recebido após reembolsos",
    payment_receipt_title="Recibo {number}",
    payment_receipt_paid="Pago em {day}",
    payment_receipt_of="Pagamento da fatura {number}",
    credit_notes="Notas de crédito",
    credit_note="Nota de crédito",
    credit_note_of="{number}, {reason}",
    credit_note_title="Nota de crédito {number}",
    credit_note_issued="Emitida em {day}",
    credit_note_invoice="Fatura",
    credit_note_reason="Motivo",
    credit_note_to_balance="Total, guardado como crédito",
    credit_note_to_payer="Total, devolvido a quem pagou",
    reasons={"cancellation": "cancelamento", "pause": "pausa", "renewal": "renovação"},
    card="Cartão de crédito",
    card_ending="Cartão final {last_four}",
    card_named="Cartão {brand} final {last_four}",
    pix="Pix",
    boleto="Boleto",
    other_method="Pagamento",
    pix_heading="Pague com Pix",
    pix_how="No aplicativo do seu banco, aponte a câmera para o código ou use o texto do Pix copia e cola.",
    pix_code="Pix copia e cola",
    pix_until="Válido até",
    boleto_heading="Pague com boleto",
    boleto_how="No aplicativo do seu banco, leia o código de barras ou digite a linha.",
    boleto_pix_heading="Ou pague o boleto com Pix",
    boleto_line="Linha digitável",
    qr_alt="Código QR do Pix",
    bar_code_alt="Código de barras do boleto",
)

_ENGLISH: Final = Texts(
    title="Invoice {number}",
    page="Page {page} of {pages}",
    tax_id="Tax ID",
    seller="From",
    customer="Bill to",
    issued="Issued",
    due="Due",
    period="Period",
    days="{first} to {last}",
    paid_on="Paid on {day}",
    due_on="Open, due on {day}",
    overdue="Overdue since {day}",
    cancelled="Cancelled",
    cancelled_on="Cancelled on {day}",
    description="Description",
    quantity="Qty",
    tax="Tax",
    tax_at="Tax ({rate})",
    amount="Amount",
    explained="{days} of {total_days} days {times} {price}",
    unused="Unused days: {what}",
    capped="{what}; only {left} was left to give back",
    correction="{part} of: {what}",
    discounted="{what} = {gross}, less {discounts}",
    discount_code="code {code}",
    discount_place="{place} of {count}",
    discount_months="for {months} of {of} months",
    tax_within="of which {tax}",
    subtotal="Subtotal",
    credit="Credit applied",
    credit_kept="Kept as credit",
    total="Total",
    total_due="Total due",
    paid_so_far="Paid so far",
    receipt="Receipt",
    received="Received from {payer} the amount of {amount} for invoice {number}.",
    covered_by_credit="This invoice was paid with the customer's credit.",
    nothing_charged="Nothing is due for this invoice.",
    payments="Payments",
    date="Date",
    method="Method",
    refund="Refund",
    refund_asked="Refund requested",
    refund_arrives="Refunds arrive within 5 business days.",
    net_received="Received after refunds",
    payment_receipt_title="Receipt {number}",
    payment_receipt_paid="Paid on {day}",
    payment_receipt_of="Payment of invoice {number}",
    credit_notes="Credit notes",
    credit_note="Credit note",
    credit_note_of="{number}, {reason}",
    credit_note_title="Credit note {number}",
    credit_note_issued="Issued on {day}",
    credit_note_invoice="Invoice",
    credit_note_reason="Reason",
    credit_note_to_balance="Total, kept as credit",
    credit_note_to_payer="Total, given back to the payer",
    reasons={"cancellation": "cancellation", "pause": "pause", "renewal": "renewal"},
    card="Credit card",
    card_ending="Card ending in {last_four}",
    card_named="{brand} card ending in {last_four}",
    pix="Pix",
    boleto="Boleto",
    other_method="Payment",
    pix_heading="Pay with Pix",
    pix_how="In your bank's app, point the camera at the code or use the Pix copy-and-paste text.",
    pix_code="Pix copy and paste",
    pix_until="Valid until",
    boleto_heading="Pay with boleto",
    boleto_how="In your bank's app, read the bar code or type the line.",
    boleto_pix_heading="Or pay the boleto with Pix",
    boleto_line="Digitable line",
    qr_alt="Pix QR code",
    bar_code_alt="Bar code of the boleto",
)

WORDS: Final = {Language.PORTUGUESE: _PORTUGUESE, Language.ENGLISH: _ENGLISH}
