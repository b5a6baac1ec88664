/** The sandbox's form: the only one of ours that takes a number, and only where no card is real. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { tokenized } from '../api/sandbox';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { dayOf } from '../i18n/business-day';
import { Button } from '../ui/button';
import { firstInvalid, leadTo } from '../ui/problem';
import { type CardFormProps, type CardOutcome, refusedFor } from './card-form';
import { type CardErrors, CardFields, cardErrors, cardOf, NO_CARD, TEST_CARD } from './sandbox-fields';

const TODAY = graphql('query CardToday { clock { now } }');

export function SandboxForm({ form }: CardFormProps) {
  const [card, setCard] = useState(NO_CARD);
  const [errors, setErrors] = useState<CardErrors>({});
  const place = useRef<HTMLDivElement>(null);
  const now = useAsk(TODAY, {}).data?.clock.now;
  useEffect(() => leadTo(firstInvalid(place.current)), [errors]);

  const issue = async (): Promise<CardOutcome> => {
    const found = cardErrors(card, dayOf(now ?? new Date().toISOString()));
    setErrors(found);
    if (Object.keys(found).length) return null;
    const { failure, value } = await tokenized(cardOf(card));
    return failure ? { problem: { errors: [], failure } } : { token: value.token };
  };
  // Before the next key can be pressed: who types the last digit and Enter sends what was typed.
  useLayoutEffect(() => {
    form.current = { issue, authenticate: async () => refusedFor('CARD_DECLINED') };
    return () => {
      form.current = null;
    };
  });
  return (
    <div class="form" ref={place}>
      <CardFields card={card} errors={errors} onCard={setCard} />
      <p class="hint">
        {t('card.sandbox')}{' '}
        <Button look="link" onClick={() => setCard(TEST_CARD)}>
          {t('card.fill')}
        </Button>
      </p>
    </div>
  );
}
