/** A plan for whoever has its link: what it costs, who takes it and how it is paid, without signing in. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { LINE, planText } from '../i18n/billing';
import { date, money } from '../i18n/format';
import { language, spoken } from '../i18n/language';
import { refusalText } from '../i18n/refusals';
import { InvoiceLines } from '../screens/invoice-lines';
import { MethodForm, type MethodInput } from '../screens/method-form';
import { Agreement } from '../shell/footer';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { Closed, LinkedFrame } from './frame';
import { dropSignUp, keepSignUp, keptSignUp, SignUpProgress } from './sign-up-progress';
import { errorsOfWho, NOBODY, WHO_FIELDS, type Who, type WhoErrors, WhoFields } from './who-fields';

const COSTS = graphql(
  `
    fragment Costs on ForecastInvoice @_unmask {
      on
      total { amount currency }
      creditApplied { amount currency }
      lines { ...Line }
    }
  `,
  [LINE],
);

/** The server knows these by their names, and has their texts itself. */
const OFFER = graphql(
  `
    query CheckoutOffer($quantity: Int, $skipTrial: Boolean!) {
      checkoutOffer(quantity: $quantity, skipTrial: $skipTrial) {
        plan { id name description billingCycle price { amount currency } }
        quantity { min max }
        trialDays
        methods
        asksWho
        cancelUrl
        reason
        pt: text(language: PORTUGUESE)
        en: text(language: ENGLISH)
        preview {
          trialEndsOn
          totalDueNow { amount currency }
          now { ...Costs }
          next { ...Costs }
        }
      }
    }
  `,
  [COSTS],
);

const SIGN_UP = graphql(`
  mutation SignUp($input: SignUpInput!) {
    signUp(input: $input) {
      token
      userErrors { code message field retryAt clientSecret declineCode }
    }
  }
`);

type Offer = ResultOf<typeof OFFER>['checkoutOffer'];

const KINDS = { CREDIT_CARD: 'card', PIX: 'pix', BOLETO: 'boleto' } as const;
const SUBMIT_TEXTS = {
  saved: 'checkout.pay',
  card: 'checkout.pay',
  pix: 'checkout.makeCode',
  boleto: 'checkout.makeBoleto',
} as const;

/** Why an address opens no checkout, as people are told it. */
const CLOSED: Record<string, 'missing' | 'revoked' | 'expired' | 'usedUp'> = {
  LINK_NOT_FOUND: 'missing',
  LINK_REVOKED: 'revoked',
  PLAN_ARCHIVED: 'revoked',
  LINK_EXPIRED: 'expired',
  LINK_USED_UP: 'usedUp',
};

export function LinkedCheckoutPage() {
  const [token, setToken] = useState(keptSignUp);
  const begin = (made: string) => {
    keepSignUp(made);
    setToken(made);
  };
  const again = () => {
    dropSignUp();
    setToken(null);
  };
  return (
    <LinkedFrame>
      {token ? <SignUpProgress token={token} onAgain={again} /> : <Checkout onSignUp={begin} />}
    </LinkedFrame>
  );
}

function Checkout({ onSignUp }: { onSignUp: (token: string) => void }) {
  const [quantity, setQuantity] = useState<number | null>(null);
  const { act, isBusy, problem } = useAct(SIGN_UP, { once: true });
  // A card that had its trial pays from the first day: the price of that is shown before anybody agrees to it.
  const [skipsTrial, setSkipsTrial] = useState(false);
  if (!skipsTrial && problem.errors.some((error) => error.code === 'TRIAL_USED')) setSkipsTrial(true);
  const answer = useAsk(OFFER, { quantity, skipTrial: skipsTrial });
  const closed = CLOSED[answer.failure?.code ?? ''];
  if (closed) {
    return (
      <Closed
        title={t(`linked.${closed}`)}
        text={t(`checkoutLink.${closed}`)}
        advice={t('checkoutLink.askSeller')}
      />
    );
  }
  const offer = answer.data?.checkoutOffer;
  if (!offer) return <Pending answer={answer} title={t('checkout')} failed={t('checkout.failed')} />;
  const signUp = async (who: Who, method: MethodInput) => {
    const { email, name, taxId } = who;
    const made = await act({
      ...(offer.asksWho && {
        email: email.trim(),
        name,
        taxId,
        locale: language.value === 'en' ? ('ENGLISH' as const) : ('PORTUGUESE' as const),
      }),
      quantity: quantity ?? offer.quantity.min,
      skipTrial: skipsTrial,
      paymentMethod: method,
    });
    if (made?.token) onSignUp(made.token);
  };
  return (
    <Page title={t('checkoutLink.title', { plan: offer.plan.name })} lede={offer.plan.description}>
      <div class="columns">
        <div class="stack">
          {offer.reason ? (
            <p role="alert">{refusalText(offer.reason) ?? t('coupon.refused')}</p>
          ) : (
            <Form
              offer={offer}
              quantity={quantity ?? offer.quantity.min}
              onQuantity={setQuantity}
              onSubmit={signUp}
              act={{ isBusy: isBusy || answer.isStale, problem }}
            />
          )}
          {offer.cancelUrl && (
            <p>
              <a class="link" href={offer.cancelUrl} rel="noreferrer">
                {t('checkoutLink.cancel', { host: new URL(offer.cancelUrl).host })}
              </a>
            </p>
          )}
        </div>
        <Summary offer={offer} />
      </div>
    </Page>
  );
}

type FormProps = {
  offer: Offer;
  quantity: number;
  onQuantity: (quantity: number) => void;
  onSubmit: (who: Who, method: MethodInput) => Promise<void>;
  act: Pick<ReturnType<typeof useAct>, 'isBusy' | 'problem'>;
};

function Form({ offer, quantity, onQuantity, onSubmit, act: { isBusy, problem } }: FormProps) {
  const [who, setWho] = useState(NOBODY);
  const [wrong, setWrong] = useState<WhoErrors>({});
  const offered = offer.methods.map((method) => KINDS[method]);
  const kinds = ['card', 'pix', 'boleto'] as const;
  const price = money(offer.preview.totalDueNow);
  const isTrial = offer.preview.trialEndsOn !== null;
  const asked = { ...offer, chosen: quantity };
  return (
    <MethodForm
      currency={offer.plan.price.currency}
      without={offered.length ? kinds.filter((kind) => !offered.includes(kind)) : []}
      also={{
        names: WHO_FIELDS,
        isWhole: () => {
          const found = errorsOfWho(who, asked);
          setWrong(found);
          return Object.keys(found).length === 0;
        },
        fields: (
          <WhoFields
            who={who}
            offer={asked}
            errors={wrong}
            problem={problem}
            onWho={setWho}
            onQuantity={onQuantity}
          />
        ),
      }}
      {...(offer.asksWho && { payer: { payerName: who.name, taxId: who.taxId } })}
      submitText={(kind) => (isTrial ? t('checkout.startTrial') : t(SUBMIT_TEXTS[kind], { price }))}
      onMethod={async (method) => {
        if (method) await onSubmit(who, method);
      }}
      isBusy={isBusy}
      problem={problem}
    />
  );
}

/** What is paid today, and what then; to the cent, as the server has it. */
function Summary({ offer }: { offer: Offer }) {
  const { now, next, totalDueNow, trialEndsOn } = offer.preview;
  const shown = now ?? next;
  return (
    <section class="card stack summary" aria-labelledby="summary">
      <h2 class="card-title" id="summary">
        {t('checkout.summary')}
      </h2>
      <p>{planText(offer.plan)}</p>
      {shown && (
        <InvoiceLines
          lines={shown.lines}
          creditApplied={shown.creditApplied}
          total={[t(now ? 'checkout.dueToday' : 'checkoutLink.first'), shown.total]}
        />
      )}
      {!now && (
        <p class="total">
          <span>{t('checkout.dueToday')}</span> <strong>{money(totalDueNow)}</strong>
        </p>
      )}
      {trialEndsOn && <p class="hint">{t('checkoutLink.trial', { date: date(trialEndsOn) })}</p>}
      <p class="hint">{t('checkoutLink.prices', { prices: spoken(offer) })}</p>
      {next && (
        <p class="hint">
          {t('checkout.next')}: {t('amountOn', { amount: money(next.total), date: date(next.on) })}
        </p>
      )}
      <p class="hint">{t('checkout.cancelAnyTime')}</p>
      <Agreement />
    </section>
  );
}
