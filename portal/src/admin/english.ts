/** All texts of the operators' pages in English. */

import { couponsEn } from './coupons/words-en';
import { customersEn } from './customers/words-en';
import { invoicesEn } from './invoices/words-en';
import { itemsEn } from './items/words-en';
import { linksEn } from './links/words-en';
import { mailEn } from './mail/words-en';
import { numbersEn } from './numbers/words-en';
import { operatorRefusalsEn } from './refusals-en';
import { sellingEn } from './selling/words-en';
import { subscriptionsEn } from './subscriptions/words-en';
import { teamEn } from './team/words-en';
import { webhooksEn } from './webhooks/words-en';
import { adminEn } from './words-en';

export const english = {
  ...operatorRefusalsEn,
  ...adminEn,
  ...webhooksEn,
  ...couponsEn,
  ...customersEn,
  ...invoicesEn,
  ...itemsEn,
  ...sellingEn,
  ...linksEn,
  ...mailEn,
  ...numbersEn,
  ...subscriptionsEn,
  ...teamEn,
};
