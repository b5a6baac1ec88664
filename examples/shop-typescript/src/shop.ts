/**
 * A tiny shop: subscribes a customer, hears by webhook that they paid, and asks what they may use.
 *
 *   CICLO_URL=… CICLO_KEY=… PLAN_ID=… EMAIL=… WEBHOOK_SECRET=… PORT=… node dist/shop.js
 */

import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { Ciclo, graphql } from './ciclo.js';

const Subscribe = graphql(`
  mutation Subscribe($input: CreateSubscriptionInput!) {
    createSubscription(input: $input) {
      subscription { id status }
      userErrors { code message field }
    }
  }
`);

const Limit = graphql(`
  query Limit($email: String!, $feature: String!) {
    entitlement(customer: { email: $email }, feature: $feature) { allowed limit used remaining }
  }
`);

type Message = { type: string; data: { id: string; status: string } };

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** Resolves with the first message of a type that Ciclo has signed; others are taken and passed over. */
function heard(type: string): Promise<Message> {
  const webhook = new Webhook(setting('WEBHOOK_SECRET'));
  return new Promise((resolve) => {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      try {
        const headers = request.headers as Record<string, string>;
        const message = webhook.verify(Buffer.concat(chunks).toString(), headers) as Message;
        response.writeHead(204).end();
        if (message.type === type) {
          server.close();
          server.closeIdleConnections();
          resolve(message);
        }
      } catch {
        response.writeHead(401).end();
      }
    });
    server.listen(Number(setting('PORT')), '127.0.0.1');
  });
}

const ciclo = new Ciclo(setting('CICLO_URL'), setting('CICLO_KEY'));
const email = setting('EMAIL');
const activated = heard('subscription.activated');
const input = {
  planId: setting('PLAN_ID'),
  customerEmail: email,
  skipTrial: true,
  paymentMethod: { cardToken: 'tok_visa' },
  // Asked again under the same key, it subscribes nobody twice.
  idempotencyKey: `shop:${email}`,
};
const { createSubscription } = await ciclo.ask(Subscribe, { input });
if (!createSubscription.subscription) throw new Error(JSON.stringify(createSubscription.userErrors));

const message = await activated;
const { entitlement } = await ciclo.ask(Limit, { email, feature: 'alunos' });
console.log(JSON.stringify({ activated: message.data.id, status: message.data.status, entitlement }));
process.exit(0);
