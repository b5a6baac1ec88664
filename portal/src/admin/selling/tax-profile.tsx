/** How one customer is taxed: where they are, and whether at all. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Checks } from '../../ui/choice';
import { Dialog } from '../../ui/dialog';
import { Facts } from '../../ui/facts';
import { TextField } from '../../ui/field';
import { Section } from '../../ui/page';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { Failed, Skeleton } from '../../ui/states';
import { Allowed } from '../permissions';

const PROFILE = graphql(`
  query CustomerTaxes($id: ID!) { customer(id: $id) { id taxProfile { country exempt } } }
`);
const SET = graphql(`
  mutation SetTaxProfile($input: SetTaxProfileInput!) {
    setTaxProfile(input: $input) { customer { id } userErrors { code message field } }
  }
`);

type Profile = NonNullable<ResultOf<typeof PROFILE>['customer']>['taxProfile'];

const COUNTRY_CHARS = 2;

export function TaxProfileSection({ customerId }: { customerId: string }) {
  const answer = useAsk(PROFILE, { id: customerId });
  const [isOpen, setOpen] = useState(false);
  const profile = answer.data?.customer?.taxProfile;
  return (
    <Section
      title={t('taxes')}
      isRuled
      aside={
        profile && (
          <Allowed to="SUBSCRIPTIONS_WRITE">
            <Button isSmall onClick={() => setOpen(true)}>
              {t('taxes.edit')}
            </Button>
          </Allowed>
        )
      }
    >
      {profile ? (
        <Facts
          facts={[
            [t('taxes.country'), profile.country ?? t('taxes.anyCountry')],
            [t('taxes.exempt'), t(profile.exempt ? 'rights.yes' : 'rights.no')],
          ]}
        />
      ) : answer.failure ? (
        <Failed what={t('taxes')} failure={answer.failure} onRetry={answer.retry} />
      ) : (
        <Skeleton rows={1} />
      )}
      {isOpen && profile && (
        <ProfileDialog customerId={customerId} profile={profile} onClose={() => setOpen(false)} />
      )}
    </Section>
  );
}

type ProfileDialogProps = { customerId: string; profile: Profile; onClose: () => void };

function ProfileDialog({ customerId, profile, onClose }: ProfileDialogProps) {
  const { act, isBusy, problem } = useAct(SET, { once: true });
  const [country, setCountry] = useState(profile.country ?? '');
  const [exempt, setExempt] = useState(profile.exempt);
  const errors = fieldErrors(problem.errors, ['country']);
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const input = { customerId, country: country.trim().toUpperCase() || null, exempt };
    if (!isBusy && (await act(input))) onClose();
  };
  return (
    <Dialog title={t('taxes.edit')} onClose={onClose}>
      <form class="form" onSubmit={save} noValidate>
        <p class="muted">{t('taxes.text')}</p>
        <TextField
          label={t('taxes.country')}
          hint={t('taxes.countryHint')}
          value={country}
          error={errors.country}
          onValue={setCountry}
          maxLength={COUNTRY_CHARS}
        />
        <Checks
          legend={t('taxes.exempt')}
          values={exempt ? ['exempt'] : []}
          options={[{ value: 'exempt', label: t('taxes.exemptCheck') }]}
          onValues={(values) => setExempt(values.length > 0)}
        />
        <FormProblem problem={problem} fields={['country']} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('taxes.save')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
