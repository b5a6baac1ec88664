/** Coupons: what each gives, how often it was redeemed, and those that nobody can redeem any more. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { usePages, useTotal } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { useFilters } from '../../ui/filters';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { FormProblem } from '../../ui/problem';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { Allowed, useMay } from '../permissions';
import { PlanTabs } from '../plan-tabs';
import { CodesDialog } from './codes-dialog';
import { COUPON, type Coupon, daysText, durationText, offText, stateOf, usesText } from './coupon';
import { CouponDialog } from './coupon-form';
import { LimitsDialog } from './limits-dialog';

const COUPONS = graphql(
  `
    query AdminCoupons($filter: CouponFilter, $first: Int!, $after: String) {
      coupons(filter: $filter, first: $first, after: $after) {
        edges { node { ...CouponRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [COUPON],
);
const TOTAL = graphql(`
  query CouponsTotal($filter: CouponFilter) { coupons(filter: $filter, first: 1) { totalCount } }
`);
const ARCHIVE = graphql(`
  mutation ArchiveCoupon($input: ArchiveCouponInput!) {
    archiveCoupon(input: $input) { coupon { id active } userErrors { code message field } }
  }
`);

type Opened = { act: 'archive' | 'codes' | 'limits'; coupon: Coupon };

export function CouponsScreen() {
  const { chosen, clear, fields } = useFilters([
    {
      name: 'situacao',
      label: t('filter.status'),
      options: [
        ['', t('coupons.all')],
        ['OPEN', t('coupons.open')],
        ['ARCHIVED', t('coupons.archived')],
      ],
    },
  ]);
  const state = chosen('situacao');
  const filter = { active: state === null ? null : state === 'OPEN' };
  const [isNew, setNew] = useState(false);
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => setOpened(null);
  return (
    <Page title={t('coupons')} lede={t('coupons.lede')} aside={<PlanTabs />}>
      <Allowed to="PLANS_WRITE">
        <div class="actions before-list">
          <Button look="primary" isSmall onClick={() => setNew(true)}>
            {t('coupons.new')}
          </Button>
        </div>
      </Allowed>
      {fields}
      <List
        caption={t('coupons')}
        pages={usePages(COUPONS, { filter }, (data) => data.coupons)}
        total={useTotal(TOTAL, { filter }, (data) => data.coupons.totalCount)}
        columns={columnsOf(useMay()('PLANS_WRITE') ? setOpened : null)}
        failed={t('coupons.failed')}
        onClear={clear}
        empty={<Empty title={t('coupons.empty')} text={t('coupons.emptyText')} />}
      />
      {isNew && <CouponDialog onClose={() => setNew(false)} />}
      {opened?.act === 'archive' && <ArchiveDialog coupon={opened.coupon} onClose={close} />}
      {opened?.act === 'limits' && <LimitsDialog coupon={opened.coupon} onClose={close} />}
      {opened?.act === 'codes' && <CodesDialog coupon={opened.coupon} onClose={close} />}
    </Page>
  );
}

/** The last column is for those who may change coupons. */
function columnsOf(open: ((opened: Opened) => void) | null): Column<Coupon>[] {
  const columns: Column<Coupon>[] = [
    {
      place: 'main',
      title: t('coupon'),
      cell: (coupon) => (
        <>
          {coupon.name}{' '}
          <span class={coupon.code ? 'sub mono' : 'sub'}>{coupon.code ?? t('coupons.unique')}</span>
        </>
      ),
    },
    {
      place: 'amount',
      title: t('coupons.off'),
      cell: (coupon) => (
        <>
          {offText(coupon)} <span class="sub">{durationText(coupon)}</span>
        </>
      ),
    },
    {
      place: 'when',
      title: t('coupons.uses'),
      cell: (coupon) => <span class="wraps">{usesText(coupon)}</span>,
    },
    { place: 'how', title: t('coupons.days'), cell: daysText },
    {
      place: 'state',
      title: t('column.status'),
      cell: (coupon) => <Status of="coupon" value={stateOf(coupon)} />,
    },
  ];
  return open ? [...columns, actions(open)] : columns;
}

function actions(open: (opened: Opened) => void): Column<Coupon> {
  return {
    place: 'action',
    title: '',
    cell: (coupon) =>
      coupon.active && (
        <span class="row-actions">
          <Button look="link" onClick={() => open({ act: 'codes', coupon })}>
            {t('coupons.codes')}
          </Button>
          <Button look="link" onClick={() => open({ act: 'limits', coupon })}>
            {t('coupons.change')}
          </Button>
          <Button look="link" onClick={() => open({ act: 'archive', coupon })}>
            {t('coupons.archive')}
          </Button>
        </span>
      ),
  };
}

function ArchiveDialog({ coupon, onClose }: { coupon: Coupon; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(ARCHIVE);
  const archive = async () => {
    if (await act({ couponId: coupon.id })) onClose();
  };
  return (
    <Dialog title={t('coupons.archiveTitle', { name: coupon.name })} onClose={onClose}>
      <p class="muted">{t('coupons.archiveText')}</p>
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="danger" isBusy={isBusy} onClick={archive}>
          {t('coupons.archive')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}
