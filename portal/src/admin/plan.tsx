/** Putting a plan on offer, changing it for new subscribers, and closing it. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { planText } from '../i18n/billing';
import { navigate } from '../router';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { NotFound } from '../ui/not-found';
import { Notice, Page, Section } from '../ui/page';
import { Pending } from '../ui/pending';
import { FormProblem } from '../ui/problem';
import { draftOf, NO_DRAFT, PlanForm } from './plan-form';

const PLAN = graphql(`
  query AdminPlan($id: ID!) {
    plan(id: $id) {
      id
      version
      name
      description
      price { amount currency }
      billingCycle
      userType
      trialDays
      limits { name value unlimited }
      features
      active
    }
  }
`);
const CREATE = graphql(`
  mutation CreatePlan($input: CreatePlanInput!) {
    createPlan(input: $input) { plan { id } userErrors { code message field } }
  }
`);
const UPDATE = graphql(`
  mutation UpdatePlan($input: UpdatePlanInput!) {
    updatePlan(input: $input) { plan { id version } userErrors { code message field } }
  }
`);
const ARCHIVE = graphql(`
  mutation ArchivePlan($input: ArchivePlanInput!) {
    archivePlan(input: $input) { plan { id active } userErrors { code message field } }
  }
`);

export function NewPlanScreen() {
  const { act, isBusy, problem } = useAct(CREATE, { once: true });
  return (
    <Page title={t('plan.new')} lede={t('plan.newLede')}>
      <PlanForm
        start={NO_DRAFT}
        submitText={t('plan.create')}
        isBusy={isBusy}
        problem={problem}
        onSubmit={async (terms) => {
          if (await act(terms)) navigate('/admin/planos', { saved: true });
        }}
      />
    </Page>
  );
}

export function EditPlanScreen({ planId }: { planId: string }) {
  const answer = useAsk(PLAN, { id: planId });
  const { act, isBusy, problem } = useAct(UPDATE);
  // An address that was mistyped is no failure of ours.
  if (answer.failure?.code === 'MALFORMED_ID') return <NotFound home="/admin/planos" />;
  if (!answer.data) return <Pending answer={answer} title={t('plan')} failed={t('plan.failed')} />;
  const plan = answer.data.plan;
  if (!plan) return <NotFound home="/admin/planos" />;
  return (
    <Page title={planText(plan)} lede={t('plan.versionOf', { version: plan.version })}>
      {!plan.active && <Notice tone="info" title={t('plan.archived')} text={t('plan.archivedText')} />}
      <p class="muted form-note">{t('plan.editText', { next: plan.version + 1 })}</p>
      <PlanForm
        start={draftOf(plan)}
        submitText={t('plan.save')}
        isBusy={isBusy}
        problem={problem}
        onSubmit={async (terms) => {
          if (await act({ planId: plan.id, ...terms })) navigate('/admin/planos', { saved: true });
        }}
      />
      {plan.active && <Archive planId={plan.id} name={planText(plan)} />}
    </Page>
  );
}

function Archive({ planId, name }: { planId: string; name: string }) {
  const [isOpen, setOpen] = useState(false);
  const { act, isBusy, problem } = useAct(ARCHIVE);
  const archive = async () => {
    if (await act({ planId })) setOpen(false);
  };
  return (
    <Section title={t('plan.archive')} isRuled>
      <div class="stack">
        <p class="muted">{t('plan.archiveText')}</p>
        <div class="actions">
          <Button onClick={() => setOpen(true)}>{t('plan.archive')}</Button>
        </div>
      </div>
      {isOpen && (
        <Dialog title={t('plan.archiveTitle', { plan: name })} onClose={() => setOpen(false)}>
          <p class="muted">{t('plan.archiveText')}</p>
          <FormProblem problem={problem} />
          <div class="actions">
            <Button look="danger" isBusy={isBusy} onClick={archive}>
              {t('plan.archive')}
            </Button>
            <Button onClick={() => setOpen(false)}>{t('back')}</Button>
          </div>
        </Dialog>
      )}
    </Section>
  );
}
