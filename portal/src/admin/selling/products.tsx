/** Products: each with what it costs, whom it is for, and whether pages point it out. */

import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { priceText } from '../../i18n/billing';
import { Link, useSearchParameter } from '../../router';
import { ButtonLink } from '../../ui/button';
import { Select } from '../../ui/field';
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

type Product = ResultOf<typeof PRODUCTS>['products']['edges'][number]['node'];

export function ProductsScreen() {
  const [state, setState] = useSearchParameter('situacao');
  const filter = { active: state ? state === 'ON_OFFER' : null };
  const pages = usePages(PRODUCTS, { filter }, (data) => data.products);
  return (
    <Page title={t('products')} lede={t('products.lede')} aside={<PlanTabs />}>
      <Allowed to="PLANS_WRITE">
        <div class="actions before-list">
          <ButtonLink to="/admin/planos/produtos/novo" look="primary" isSmall>
            {t('products.new')}
          </ButtonLink>
        </div>
      </Allowed>
      <div class="filters">
        <Select
          label={t('filter.status')}
          value={state}
          onValue={setState}
          options={[
            ['', t('filter.allPlans')],
            ['ON_OFFER', t('product.ON_OFFER')],
            ['ARCHIVED', t('product.ARCHIVED')],
          ]}
        />
      </div>
      <List
        caption={t('products')}
        pages={pages}
        columns={columnsOf(useMay()('PLANS_WRITE'))}
        failed={t('products.failed')}
        onClear={state ? () => setState('') : undefined}
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
