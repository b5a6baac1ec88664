/** Checkout links: by which people take a plan without signing in; making, copying and revoking them. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk, usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { planText } from '../../i18n/billing';
import { number } from '../../i18n/format';
import { Link, useSearchParameter } from '../../router';
import { Button } from '../../ui/button';
import { Copy } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Select } from '../../ui/field';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { fieldErrors } from '../../ui/problem';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { ActDialog, ReasonField } from '../act-dialog';
import { moment } from '../moment';
import { Allowed, useMay } from '../permissions';
import { PlanTabs } from '../plan-tabs';
import { CheckoutLinkDialog } from './checkout-link-form';

const LINKS = graphql(`
  query CheckoutLinks($filter: CheckoutLinkFilter, $first: Int!, $after: String) {
    checkoutLinks(filter: $filter, first: $first, after: $after) {
      edges {
        node { id url planId couponCode customerId quantity { min max } maxUses uses expiresAt revokedAt createdAt }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
export const PLANS = graphql(`
  query CheckoutLinkPlans {
    plans(first: 100) { edges { node { id name billingCycle active } } }
  }
`);
const REVOKE = graphql(`
  mutation RevokeCheckoutLink($input: RevokeCheckoutLinkInput!) {
    revokeCheckoutLink(input: $input) { link { id revokedAt } userErrors { code message field } }
  }
`);

type CheckoutLink = ResultOf<typeof LINKS>['checkoutLinks']['edges'][number]['node'];
type Opened = { act: 'show' | 'revoke'; link: CheckoutLink };

export function CheckoutLinksScreen() {
  const [state, setState] = useSearchParameter('situacao');
  const filter = { revoked: state ? state === 'REVOKED' : null };
  const pages = usePages(LINKS, { filter }, (data) => data.checkoutLinks);
  const plans = useAsk(PLANS, {}).data?.plans.edges.map((edge) => edge.node) ?? [];
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const [opened, setOpened] = useState<Opened | null>(null);
  const names = new Map(plans.map((plan) => [plan.id, planText(plan)]));
  const mayWrite = useMay()('SUBSCRIPTIONS_WRITE');
  return (
    <Page title={t('checkoutLinks')} lede={t('checkoutLinks.lede')} aside={<PlanTabs />}>
      <Allowed to="SUBSCRIPTIONS_WRITE">
        <div class="actions before-list">
          <Button look="primary" isSmall onClick={() => setNew(true)}>
            {t('checkoutLinks.new')}
          </Button>
        </div>
      </Allowed>
      <div class="filters">
        <Select
          label={t('filter.status')}
          value={state}
          onValue={setState}
          options={[
            ['', t('checkoutLinks.all')],
            ['OPEN', t('checkoutLinks.open')],
            ['REVOKED', t('checkoutLinks.revoked')],
          ]}
        />
      </div>
      <List
        caption={t('checkoutLinks')}
        pages={pages}
        columns={columnsOf(names, setOpened, mayWrite)}
        failed={t('checkoutLinks.failed')}
        onClear={state ? () => setState('') : undefined}
        empty={<Empty title={t('checkoutLinks.empty')} text={t('checkoutLinks.emptyText')} />}
      />
      {isNew && (
        <CheckoutLinkDialog
          plans={plans.filter((plan) => plan.active)}
          onMade={(url) => {
            setNew(false);
            setMade(url);
          }}
          onClose={() => setNew(false)}
        />
      )}
      {made && <AddressDialog url={made} onClose={() => setMade(null)} />}
      {opened?.act === 'show' && opened.link.url && (
        <AddressDialog url={opened.link.url} onClose={() => setOpened(null)} />
      )}
      {opened?.act === 'revoke' && (
        <RevokeDialog link={opened.link} names={names} onClose={() => setOpened(null)} />
      )}
    </Page>
  );
}

function columnsOf(
  names: ReadonlyMap<string, string>,
  open: (opened: Opened) => void,
  mayWrite: boolean,
): Column<CheckoutLink>[] {
  return [
    {
      place: 'main',
      title: t('plan'),
      cell: (link) => (
        <>
          {names.get(link.planId) ?? link.planId}
          {link.couponCode && <span class="sub mono"> {link.couponCode}</span>}
          {link.customerId && (
            <span class="sub">
              {' '}
              <Link to={`/admin/clientes/${link.customerId}`} class="link">
                {t('checkoutLinks.forOne')}
              </Link>
            </span>
          )}
        </>
      ),
    },
    { place: 'amount', title: t('checkoutLinks.uses'), cell: usesText },
    {
      place: 'when',
      title: t('checkoutLinks.expires'),
      cell: ({ expiresAt }) => (expiresAt ? moment(expiresAt) : t('checkoutLinks.always')),
    },
    { place: 'how', title: t('checkoutLinks.made'), cell: ({ createdAt }) => moment(createdAt) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (link) => <Status of="checkoutLink" value={stateOf(link)} />,
    },
    {
      place: 'action',
      title: '',
      cell: (link) =>
        stateOf(link) === 'OPEN' && (
          <span class="row-actions">
            {link.url && (
              <Button look="link" onClick={() => open({ act: 'show', link })}>
                {t('checkoutLinks.copy')}
              </Button>
            )}
            {mayWrite && (
              <Button look="link" onClick={() => open({ act: 'revoke', link })}>
                {t('checkoutLinks.revoke')}
              </Button>
            )}
          </span>
        ),
    },
  ];
}

function usesText({ uses, maxUses }: CheckoutLink): string {
  const count = number(uses);
  return maxUses === null ? count : t('coupons.usesOf', { count, max: number(maxUses) });
}

function stateOf({ revokedAt, expiresAt, uses, maxUses }: CheckoutLink) {
  if (revokedAt) return 'REVOKED';
  if (expiresAt && Date.parse(expiresAt) <= Date.now()) return 'EXPIRED';
  return maxUses !== null && uses >= maxUses ? 'USED_UP' : 'OPEN';
}

function AddressDialog({ url, onClose }: { url: string; onClose: () => void }) {
  return (
    <Dialog title={t('checkoutLinks.address')} onClose={onClose} isWide>
      <p class="muted">{t('checkoutLinks.addressText')}</p>
      <Copy text={url} label={t('checkoutLinks.copy')} name={t('checkoutLinks.address')} />
      <div class="actions">
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}

type RevokeDialogProps = { link: CheckoutLink; names: ReadonlyMap<string, string>; onClose: () => void };

function RevokeDialog({ link, names, onClose }: RevokeDialogProps) {
  const { act, isBusy, problem } = useAct(REVOKE, { once: true });
  const [reason, setReason] = useState('');
  const errors = fieldErrors(problem.errors, ['reason']);
  const revoke = async () => {
    if (await act({ linkId: link.id, reason: reason.trim() || null })) onClose();
  };
  return (
    <ActDialog
      title={t('checkoutLinks.revokeTitle', { plan: names.get(link.planId) ?? link.planId })}
      text={t('checkoutLinks.revokeText')}
      confirm={t('checkoutLinks.revoke')}
      look="danger"
      act={{ isBusy, problem }}
      fields={['reason']}
      onAct={revoke}
      onClose={onClose}
    >
      <ReasonField value={reason} error={errors.reason} onValue={setReason} />
    </ActDialog>
  );
}
