/** Portuguese: what only operators are refused, where no area has its words. */

export const operatorRefusalsPt = {
  'refusal.API_KEY_NOT_FOUND': 'Esta chave não existe.',
  'refusal.APPROVAL_NOT_FOUND': 'Este pedido de aprovação não existe.',
  'refusal.CREDIT_EXCEEDS_INVOICE': 'É mais do que resta desta fatura.',
  'refusal.CREDIT_NOTE_NOT_FOUND': 'Esta nota de crédito não existe.',
  'refusal.DISCOUNT_NOT_FOUND': 'A assinatura não tem este desconto.',
  'refusal.INVOICE_ITEM_NOT_FOUND': 'Este item não está mais à espera de cobrança.',
  'refusal.OVERDUE_WORK_FAILED': 'Algo que já venceu não pôde ser feito. Veja as falhas antes de continuar.',
  'refusal.PAYOUT_EXCEEDS_BALANCE': 'É mais do que o cliente tem no saldo.',
  'refusal.PAYOUT_EXCEEDS_PAYMENTS': 'É mais do que os pagamentos do cliente podem devolver.',
  'refusal.RELEASE_EXCEEDS_USAGE': 'É mais do que está em uso.',
  'refusal.RESERVATION_NOT_FOUND': 'Esta reserva não existe mais.',
} as const;
