/** Products: each with what it costs, whom it is for, and whether pages point it out. */

import { usePages, useTotal } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { priceText } from '../../i18n/billing';
import { Link } from '../../router';
import { ButtonLink } from '../../ui/button';
import { useFilters } from '../../ui/filters';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { Allowed, useMay } from '../permissions';
import { PlanTabs } from '../plan-tabs';

const PRODUCTS = graphql(`
  query AdminProducts($filter: ProductFilter, $first: Int!, $after: String) {
    products(filter: $filter, first: $first, after: $after) {
      edges {
        node { id name userType recommended active prices { id billingCycle price { amount currency } } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const TOTAL = graphql(`
  query ProductsTotal($filter: ProductFilter) { products(filter: $filter, first: 1) { totalCount } }
`);

type Product = ResultOf<typeof PRODUCTS>['products']['edges'][number]['node'];

export function ProductsScreen() {
  const { chosen, clear, fields } = useFilters([
    {
      name: 'situacao',
      label: t('filter.status'),
      options: [
        ['', t('filter.allPlans')],
        ['ON_OFFER', t('product.ON_OFFER')],
        ['ARCHIVED', t('product.ARCHIVED')],
      ],
    },
  ]);
  const state = chosen('situacao');
  const filter = { active: state === null ? null : state === 'ON_OFFER' };
  return (
    <Page title={t('products')} lede={t('products.lede')} aside={<PlanTabs />}>
      <Allowed to="PLANS_WRITE">
        <div class="actions before-list">
          <ButtonLink to="/admin/planos/produtos/novo" look="primary" isSmall>
            {t('products.new')}
          </ButtonLink>
        </div>
      </Allowed>
      {fields}
      <List
        caption={t('products')}
        pages={usePages(PRODUCTS, { filter }, (data) => data.products)}
        total={useTotal(TOTAL, { filter }, (data) => data.products.totalCount)}
        columns={columnsOf(useMay()('PLANS_WRITE'))}
        failed={t('products.failed')}
        onClear={clear}
        empty={<Empty title={t('products.empty')} text={t('products.emptyText')} />}
      />
    </Page>
  );
}

function columnsOf(canEdit: boolean): Column<Product>[] {
  return [
    {
      place: 'main',
      title: t('product'),
      cell: (one) => (
        <>
          {canEdit ? (
            <Link to={`/admin/planos/produtos/${one.id}`} class="row-link">
              {one.name}
            </Link>
          ) : (
            one.name
          )}{' '}
          {one.recommended && <span class="sub">{t('products.recommended')}</span>}
        </>
      ),
    },
    { place: 'how', title: t('products.for'), cell: (one) => one.userType ?? t('products.everybody') },
    {
      place: 'when',
      title: t('products.prices'),
      cell: (one) => (
        <span class="wraps">
          {one.prices.map((each) => priceText(each.price, each.billingCycle)).join(', ')}
        </span>
      ),
    },
    {
      place: 'state',
      title: t('column.status'),
      cell: (one) => <Status of="product" value={one.active ? 'ON_OFFER' : 'ARCHIVED'} />,
    },
  ];
}
