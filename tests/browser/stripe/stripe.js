// A stand-in of Stripe.js, as far as the portal uses it: the form and the bank's question are frames of its own.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const ask = (frame, message) =>
    new Promise((resolve) => {
      const listen = (event) => {
        if (event.source !== frame.contentWindow || event.data.answers !== message.kind) return;
        removeEventListener('message', listen);
        resolve(event.data.value);
      };
      addEventListener('message', listen);
      frame.contentWindow.postMessage(message, origin);
    });
  const framed = (path, title) => {
    const frame = document.createElement('iframe');
    frame.src = origin + path;
    frame.title = title;
    frame.style.cssText = 'width: 100%; height: 220px; border: 0';
    return frame;
  };
  const declined = (code) => ({ error: { type: 'card_error', code: 'card_declined', decline_code: code } });

  window.Stripe = (key) => {
    const form = framed(`/form/card?key=${key}`, 'Secure payment input frame');
    return {
      elements: (options) => {
        if (options.mode !== 'setup' || !options.currency) throw new Error('no such elements');
        return {
          create: () => ({
            mount: (place) => place.append(form),
            destroy: () => form.remove(),
            on: (event, listener) => event === 'ready' && form.addEventListener('load', listener),
          }),
          submit: () => ask(form, { kind: 'submit' }),
        };
      },
      createConfirmationToken: async () => ({ confirmationToken: { id: await ask(form, { kind: 'token' }) } }),
      handleNextAction: async ({ clientSecret }) => {
        const bank = framed(`/form/bank?secret=${clientSecret}`, 'Your bank');
        document.body.append(bank);
        await new Promise((resolve) => bank.addEventListener('load', resolve));
        const setupIntent = await ask(bank, { kind: 'bank' });
        bank.remove();
        return setupIntent.status === 'succeeded'
          ? { setupIntent }
          : declined('setup_intent_authentication_failure');
      },
    };
  };
})();
