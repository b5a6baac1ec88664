/** Putting a product on offer, changing what all of its prices say, adding a price, and closing it. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { money } from '../../i18n/format';
import { Link, navigate } from '../../router';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { NotFound } from '../../ui/not-found';
import { Notice, Page, Section } from '../../ui/page';
import { Pending } from '../../ui/pending';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { Status } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { type PriceDraft, PriceFields, type PriceWrong, priceOf } from './price-fields';
import { draftOf, NO_DRAFT, ProductForm } from './product-form';

const PRODUCT = graphql(`
  query AdminProduct($id: ID!) {
    product(id: $id) {
      id
      name
      description
      userType
      limits { name value unlimited }
      features
      configs { name value }
      recommended
      active
      prices(active: null) { id billingCycle trialDays version active price { amount currency } }
    }
  }
`);
const CREATE = graphql(`
  mutation CreateProduct($input: CreateProductInput!) {
    createProduct(input: $input) { product { id } userErrors { code message field } }
  }
`);
const UPDATE = graphql(`
  mutation UpdateProduct($input: UpdateProductInput!) {
    updateProduct(input: $input) { product { id } userErrors { code message field } }
  }
`);
const ADD_PRICE = graphql(`
  mutation AddPrice($input: AddPriceInput!) {
    addPrice(input: $input) { product { id } userErrors { code message field } }
  }
`);
const ARCHIVE = graphql(`
  mutation ArchiveProduct($input: ArchiveProductInput!) {
    archiveProduct(input: $input) { product { id active } userErrors { code message field } }
  }
`);

const HOME = '/admin/planos/produtos';
const PRICE_FIELDS = ['amount', 'currency', 'billingCycle', 'trialDays'] as const;

type Product = NonNullable<ResultOf<typeof PRODUCT>['product']>;
type Priced = Product['prices'][number];

export function NewProductScreen() {
  const { act, isBusy, problem } = useAct(CREATE, { once: true });
  return (
    <Page title={t('products.new')} lede={t('products.newLede')}>
      <ProductForm
        start={NO_DRAFT}
        withPrice
        submitText={t('products.create')}
        isBusy={isBusy}
        problem={problem}
        onSubmit={async (contents, price) => {
          if (price && (await act({ ...contents, prices: [price] }))) navigate(HOME, { saved: true });
        }}
      />
    </Page>
  );
}

export function EditProductScreen({ productId }: { productId: string }) {
  const answer = useAsk(PRODUCT, { id: productId });
  const { act, isBusy, problem } = useAct(UPDATE);
  // An address that was mistyped is no failure of ours.
  if (answer.failure?.code === 'MALFORMED_ID') return <NotFound home={HOME} />;
  if (!answer.data) return <Pending answer={answer} title={t('product')} failed={t('products.failed')} />;
  const product = answer.data.product;
  if (!product) return <NotFound home={HOME} />;
  return (
    <Page title={product.name} lede={product.description}>
      {!product.active && (
        <Notice tone="info" title={t('products.archived')} text={t('products.archivedText')} />
      )}
      <Prices of={product} />
      <Section title={t('product')} isRuled>
        <p class="muted form-note">{t('products.editText')}</p>
        <ProductForm
          start={draftOf(product)}
          submitText={t('products.save')}
          isBusy={isBusy}
          problem={problem}
          onSubmit={async (contents) => {
            if (await act({ productId: product.id, ...contents })) navigate(HOME, { saved: true });
          }}
        />
      </Section>
      {product.active && <Archive productId={product.id} name={product.name} />}
    </Page>
  );
}

function Prices({ of: product }: { of: Product }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Section
      title={t('products.prices')}
      aside={
        <Button isSmall onClick={() => setOpen(true)}>
          {t('products.addPrice')}
        </Button>
      }
    >
      <Table caption={t('products.prices')} rows={product.prices} columns={priceColumns()} />
      {isOpen && <PriceDialog product={product} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function priceColumns(): Column<Priced>[] {
  return [
    {
      place: 'main',
      title: t('plans.cycle'),
      cell: (one) => (
        <Link to={`/admin/planos/${one.id}`} class="row-link">
          {word('cycle', one.billingCycle)}
        </Link>
      ),
    },
    { place: 'amount', title: t('checkout.priceName'), cell: (one) => money(one.price) },
    { place: 'how', title: t('plan.version'), cell: (one) => t('plan.versionOf', { version: one.version }) },
    { place: 'when', title: t('plan.trialDays'), cell: (one) => one.trialDays },
    {
      place: 'state',
      title: t('column.status'),
      cell: (one) => <Status of="product" value={one.active ? 'ON_OFFER' : 'ARCHIVED'} />,
    },
  ];
}

function PriceDialog({ product, onClose }: { product: Product; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(ADD_PRICE, { once: true });
  const [draft, setDraft] = useState<PriceDraft>({
    amount: '',
    currency: product.prices[0]?.price.currency ?? 'BRL',
    billingCycle: 'ANNUAL',
    trialDays: '7',
  });
  const [wrong, setWrong] = useState<PriceWrong>({});
  const errors = { ...fieldErrors(problem.errors, PRICE_FIELDS), ...wrong };
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = priceOf(draft);
    setWrong(read.wrong ?? {});
    if (!isBusy && read.price && (await act({ productId: product.id, ...read.price }))) onClose();
  };
  return (
    <Dialog title={t('products.addPriceTitle', { name: product.name })} onClose={onClose}>
      <form class="form" onSubmit={add} noValidate>
        <PriceFields draft={draft} wrong={errors} onDraft={setDraft} />
        <FormProblem problem={problem} fields={PRICE_FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('products.addPrice')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function Archive({ productId, name }: { productId: string; name: string }) {
  const [isOpen, setOpen] = useState(false);
  const { act, isBusy, problem } = useAct(ARCHIVE);
  const archive = async () => {
    if (await act({ productId })) setOpen(false);
  };
  return (
    <Section title={t('products.archive')} isRuled>
      <div class="stack">
        <p class="muted">{t('products.archiveText')}</p>
        <div class="actions">
          <Button onClick={() => setOpen(true)}>{t('products.archive')}</Button>
        </div>
      </div>
      {isOpen && (
        <Dialog title={t('products.archiveTitle', { name })} onClose={() => setOpen(false)}>
          <p class="muted">{t('products.archiveText')}</p>
          <FormProblem problem={problem} />
          <div class="actions">
            <Button look="danger" isBusy={isBusy} onClick={archive}>
              {t('products.archive')}
            </Button>
            <Button onClick={() => setOpen(false)}>{t('back')}</Button>
          </div>
        </Dialog>
      )}
    </Section>
  );
}
