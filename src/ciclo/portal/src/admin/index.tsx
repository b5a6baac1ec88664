export function AdminPages() {
  return <main>admin</main>;
}
