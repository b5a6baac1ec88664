/**
 * A form for a card, without anything around it: of the provider's, or the sandbox's own. Each is a file that
 * only its own mode loads, so that where money is real there is no form of ours that takes a number.
 */

import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { UNREACHABLE } from '../api/failure';
import { t } from '../i18n';
import { Failed, Skeleton } from '../ui/states';
import type { CardFormProps } from './card-form';

type Loaded = FunctionComponent<CardFormProps>;

const FORMS = {
  SANDBOX: (): Promise<Loaded> => import('./sandbox-form').then((module) => module.SandboxForm),
  STRIPE: (): Promise<Loaded> => import('./stripe-form').then((module) => module.StripeForm),
};

/** Forms that are here already: who comes back to one can type at once. */
const loaded = new Map<string, Loaded>();

export function CardElement(props: CardFormProps) {
  const [Form, setForm] = useState<Loaded | undefined>(() => loaded.get(props.tokenizer.kind));
  const [hasFailed, setFailed] = useState(false);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    setFailed(false);
    FORMS[props.tokenizer.kind]().then(
      (form) => {
        loaded.set(props.tokenizer.kind, form);
        setForm(() => form);
      },
      () => setFailed(true),
    );
  }, [props.tokenizer.kind, tries]);
  if (Form) return <Form {...props} />;
  if (!hasFailed) return <Skeleton rows={3} />;
  return <Failed what={t('card.failed')} failure={UNREACHABLE} onRetry={() => setTries(tries + 1)} />;
}
