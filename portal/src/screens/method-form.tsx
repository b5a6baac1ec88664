/** How to pay: the method that is known, a card, PIX or boleto. Card numbers go to the provider only. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { NO_PROBLEM, type Problem } from '../api/acting';
import { useAsk } from '../api/asking';
import { tokenized } from '../api/sandbox';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { type Method, methodText } from '../i18n/billing';
import { Button } from '../ui/button';
import { Segments } from '../ui/choice';
import { TextField } from '../ui/field';
import { FormProblem, fieldErrors, firstInvalid, leadTo } from '../ui/problem';
import { ADDRESS_FIELDS, type Address, AddressFields, NO_ADDRESS } from './address-fields';
import { type CardErrors, CardFields, cardErrors, cardOf, NO_CARD, TEST_CARD } from './card-fields';

export type MethodInput =
  | { cardToken: string }
  | { pix: Record<string, never> }
  | { boleto: { payerName: string; taxId: string; address?: Address } };

type Kind = 'saved' | 'card' | 'pix' | 'boleto';

type MethodFormProps = {
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
};

const SANDBOX = graphql('query Sandbox { clock { sandbox } }');
const BOLETO_FIELDS = ['payerName', 'taxId', ...ADDRESS_FIELDS] as const;

export function MethodForm({ submitText, onMethod, isBusy, problem, saved, without = [] }: MethodFormProps) {
  // Another card is another way to pay; another PIX code is not.
  const savedKind = saved?.kind === 'PIX' ? 'pix' : saved?.kind === 'BOLETO' ? 'boleto' : 'saved';
  const kinds = (['saved', 'card', 'pix', 'boleto'] as const).filter(
    (kind) => !without.includes(kind) && (kind === 'saved' ? saved : !saved || kind !== savedKind),
  );
  const [chosen, choose] = useState<Kind>(kinds[0] ?? 'card');
  const [card, setCard] = useState(NO_CARD);
  const [payer, setPayer] = useState({ payerName: '', taxId: '' });
  const [address, setAddress] = useState(NO_ADDRESS);
  const [asksAddress, askAddress] = useState(false);
  const [asksPayer, askPayer] = useState(false);
  const [errors, setErrors] = useState<CardErrors>({});
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => leadTo(firstInvalid(form.current)), [errors]);
  const [ownProblem, setOwnProblem] = useState(NO_PROBLEM);
  const [isTokenizing, setTokenizing] = useState(false);
  const isSandbox = useAsk(SANDBOX, {}).data?.clock.sandbox ?? false;
  const kind = chosen === 'saved' ? savedKind : chosen;
  const payerErrors = fieldErrors(problem.errors, BOLETO_FIELDS);

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

  const boleto = () => ({ boleto: asksAddress ? { ...payer, address } : payer });
  const submitCard = async () => {
    const found = cardErrors(card);
    setErrors(found);
    if (Object.keys(found).length) return;
    setTokenizing(true);
    const outcome = await tokenized(cardOf(card));
    setTokenizing(false);
    if (outcome.failure) setOwnProblem({ errors: [], failure: outcome.failure });
    else await onMethod({ cardToken: outcome.value.token });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy || isTokenizing) return;
    setOwnProblem(NO_PROBLEM);
    if (chosen === 'card') void submitCard();
    else if (isBoleto) void onMethod(boleto());
    else void onMethod(chosen === 'saved' ? null : { pix: {} });
  };

  return (
    <form class="form" ref={form} onSubmit={submit} noValidate={chosen === 'card'}>
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
      <FormProblem problem={problem} fields={isBoleto ? BOLETO_FIELDS : []} />
      {chosen === 'card' && <CardFields card={card} errors={errors} onCard={setCard} />}
      {chosen === 'card' && isSandbox && (
        <p class="hint">
          {t('card.sandbox')}{' '}
          <Button look="link" onClick={() => setCard(TEST_CARD)}>
            {t('card.fill')}
          </Button>
        </p>
      )}
      {kind === 'pix' && <p class="muted">{t('pix.explained')}</p>}
      {kind === 'boleto' && <p class="muted">{t('boleto.explained')}</p>}
      {isBoleto && (
        <>
          <TextField
            label={t('boleto.name')}
            value={payer.payerName}
            error={payerErrors.payerName}
            onValue={(payerName) => setPayer({ ...payer, payerName })}
            autocomplete="name"
            required
          />
          <TextField
            label={t('boleto.taxId')}
            value={payer.taxId}
            error={payerErrors.taxId}
            onValue={(taxId) => setPayer({ ...payer, taxId })}
            inputMode="numeric"
            required
          />
          {asksAddress && <AddressFields address={address} errors={payerErrors} onAddress={setAddress} />}
        </>
      )}
      <Button type="submit" look="primary" isWide isBusy={isBusy || isTokenizing}>
        {submitText(kind)}
      </Button>
    </form>
  );
}
