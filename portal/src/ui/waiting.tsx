/** Something that comes by itself: a sentence with a wheel. */

export function Waiting({ text }: { text: string }) {
  return (
    <p class="waiting" role="status">
      <span class="spinner" />
      <span>{text}</span>
    </p>
  );
}
