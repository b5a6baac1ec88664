/** How to pay: the method that is known, a card, Pix or boleto. Card numbers go to the provider only. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { NO_PROBLEM, type Problem } from '../api/acting';
import { useAsk } from '../api/asking';
import { CardElement } from '../cards/card-element';
import { type CardForm, type CardOutcome, PAYMENT_OPTIONS } from '../cards/card-form';
import type { ResultOf } from '../graphql';
import { t } from '../i18n';
import { type Method, methodText } from '../i18n/billing';
import { useSearchParameter } from '../router';
import { Button } from '../ui/button';
import { Segments } from '../ui/choice';
import { FormProblem, fieldErrors, firstInvalid, leadTo } from '../ui/problem';
import { Failed, Skeleton } from '../ui/states';
import type { Address } from './address-fields';
import { NO_PAYER, PAYER_FIELDS, type Payer, PayerFields, payerErrors } from './payer-fields';

export type MethodInput =
  | { cardToken: string }
  | { pix: Record<string, never> }
  | { boleto: { payerName: string; taxId: string; address?: Address } };

type Kind = 'saved' | 'card' | 'pix' | 'boleto';

type MethodFormProps = {
  /** What is paid in: not every method collects every currency. */
  currency: string;
  /** What the button says for a kind of method. */
  submitText: (kind: Kind) => string;
  /** Called with what was chosen; null stands for the method that is known. */
  onMethod: (method: MethodInput | null) => Promise<unknown>;
  isBusy: boolean;
  problem: Problem;
  /** The method that is known. */
  saved?: Method | null;
  /** Kinds that can't be chosen now. */
  without?: readonly Kind[];
  /** What else the form asks, above the choice of a method: its fields by their names, and whether it is whole. */
  also?: { fields: ComponentChildren; names: readonly string[]; isWhole: () => boolean };
  /** Who pays, where that is known: a boleto then asks for nothing but an address, if at all. */
  payer?: Omit<Payer, 'address'>;
};

const KINDS = { CREDIT_CARD: 'card', PIX: 'pix', BOLETO: 'boleto' } as const;
const ASKED = 'CARD_AUTHENTICATION_REQUIRED';
/** Whoever pays on the phone that shows the page has their bank on it too. */
const ORDER = matchMedia('(pointer: coarse)').matches
  ? (['saved', 'pix', 'card', 'boleto'] as const)
  : (['saved', 'card', 'pix', 'boleto'] as const);

/** Shows the form once it is known by what can be paid, and whose form takes cards. */
export function MethodForm(props: MethodFormProps) {
  const answer = useAsk(PAYMENT_OPTIONS, { currency: props.currency });
  const options = answer.data?.paymentOptions;
  if (!options) {
    if (!answer.failure) return <Skeleton rows={4} />;
    return <Failed what={t('method.failed')} failure={answer.failure} onRetry={answer.retry} />;
  }
  return <OfferedMethods {...props} options={options} />;
}

type OfferedProps = MethodFormProps & { options: ResultOf<typeof PAYMENT_OPTIONS>['paymentOptions'] };

function OfferedMethods({
  currency,
  submitText,
  onMethod,
  isBusy,
  problem,
  saved,
  without = [],
  also,
  payer: known,
  options,
}: OfferedProps) {
  const tokenizer = options.cardTokenizer;
  const offered = options.methods.map((method) => KINDS[method]);
  // Another card is another way to pay; another Pix code is not.
  const savedKind = saved?.kind === 'PIX' ? 'pix' : saved?.kind === 'BOLETO' ? 'boleto' : 'saved';
  const kinds = ORDER.filter(
    (kind) =>
      !without.includes(kind) &&
      (kind === 'saved' ? saved : offered.includes(kind) && (!saved || kind !== savedKind)) &&
      (kind !== 'card' || tokenizer),
  );
  const [usual] = useState<Kind>(kinds[0] ?? 'card');
  const [kept, choose] = useSearchParameter('forma');
  const chosen = kinds.find((one) => one === kept) ?? usual;
  const card = useRef<CardForm>(null);
  const form = useRef<HTMLFormElement>(null);
  const [payer, setPayer] = useState(NO_PAYER);
  const [wrong, setWrong] = useState<ReturnType<typeof payerErrors>>({});
  const [asksAddress, askAddress] = useState(false);
  const [asksPayer, askPayer] = useState(false);
  const [ownProblem, setOwnProblem] = useState(NO_PROBLEM);
  const [isTokenizing, setTokenizing] = useState(false);
  const kind = chosen === 'saved' ? savedKind : chosen;

  // Most providers of boletos need no address: it is asked for once one has refused to do without.
  const lacksAddress = problem.errors.some((error) => error.field?.includes('address'));
  useEffect(() => {
    if (lacksAddress) askAddress(true);
  }, [lacksAddress]);

  // A boleto on file may be older than what its provider wants to know: that is asked for once it was refused.
  const isIncomplete = problem.errors.some((error) => error.code === 'PAYER_INCOMPLETE');
  const lacksPayer = savedKind === 'boleto' && isIncomplete;
  useEffect(() => {
    if (lacksPayer) askPayer(true);
  }, [lacksPayer]);
  const isBoleto = chosen === 'boleto' || (chosen === 'saved' && savedKind === 'boleto' && asksPayer);

  useEffect(() => leadTo(firstInvalid(form.current)), [wrong]);
  const submitBoleto = () => {
    const found = payerErrors({ ...payer, ...known }, asksAddress);
    setWrong(found);
    if (Object.keys(found).length) return;
    const { address, ...named } = { ...payer, ...known };
    void onMethod({ boleto: asksAddress ? { ...named, address } : named });
  };
  const submitCard = async (made: Promise<CardOutcome> | undefined) => {
    setTokenizing(true);
    const outcome = await made;
    setTokenizing(false);
    if (!outcome) return;
    if ('problem' in outcome) setOwnProblem(outcome.problem);
    else await onMethod({ cardToken: outcome.token });
  };
  // The bank's question is a step of its own: once it is answered the same is asked for with the card let pass.
  const question = problem.errors.find((error) => error.code === ASKED)?.clientSecret;
  useEffect(() => {
    if (question) void submitCard(card.current?.authenticate(question));
  }, [question]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy || isTokenizing) return;
    setOwnProblem(NO_PROBLEM);
    if (also && !also.isWhole()) return;
    if (chosen === 'card') void submitCard(card.current?.issue());
    else if (isBoleto) submitBoleto();
    else void onMethod(chosen === 'saved' ? null : { pix: {} });
  };

  return (
    <form class="form" ref={form} onSubmit={submit} noValidate>
      {also?.fields}
      <Segments
        legend={t('method')}
        showsLegend
        value={chosen}
        onValue={choose}
        options={kinds.map((value) => ({
          value,
          label: value === 'saved' ? methodText(saved ?? null) : t(`method.${value}`),
        }))}
      />
      <FormProblem problem={ownProblem} />
      <FormProblem
        problem={question ? NO_PROBLEM : problem}
        fields={[...(isBoleto ? PAYER_FIELDS : []), ...(also?.names ?? [])]}
      />
      {chosen === 'card' && tokenizer && (
        <CardElement tokenizer={tokenizer} currency={currency} form={card} />
      )}
      {kind === 'pix' && <p class="muted">{t('pix.explained')}</p>}
      {kind === 'boleto' && <p class="muted">{t('boleto.explained')}</p>}
      {isBoleto && (
        <PayerFields
          payer={payer}
          errors={{ ...fieldErrors(problem.errors, PAYER_FIELDS), ...wrong }}
          asksAddress={asksAddress}
          asksName={!known}
          onPayer={setPayer}
        />
      )}
      <Button type="submit" look="primary" isWide isBusy={isBusy || isTokenizing}>
        {submitText(kind)}
      </Button>
    </form>
  );
}
