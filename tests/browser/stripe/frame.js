// Inside the stand-in's frames, on its own origin: the card's number, and the bank's question.
const given = new URLSearchParams(location.search);
const post = (path, body) =>
  fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const field = (name) => document.querySelector(`[name=${name}]`);

addEventListener('message', async ({ data, source, origin }) => {
  const answer = (value) => source.postMessage({ answers: data.kind, value }, origin);
  if (data.kind === 'submit') {
    const isWhole = field('number').value.length === 16;
    field('number').toggleAttribute('aria-invalid', !isWhole);
    answer(isWhole ? {} : { error: { type: 'validation_error', code: 'incomplete_number' } });
  }
  if (data.kind === 'token') {
    const made = await post(`/form/tokens?key=${given.get('key')}`, { number: field('number').value });
    answer((await made.json()).id);
  }
  if (data.kind === 'bank') {
    for (const button of document.querySelectorAll('button')) {
      button.onclick = async () => {
        const told = await post(`/form/setups/${given.get('secret')}`, { answer: button.value });
        answer(await told.json());
      };
    }
  }
});
