/** Whom a plan is for: one of the audiences that plans have already, or another that is typed. */

import { useId } from 'preact/hooks';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { TextField } from '../../ui/field';

const AUDIENCES = graphql(`
  query Audiences { plans(first: 100) { edges { node { id userType } } } }
`);
const USER_TYPE_CHARS_MAX = 40;

type AudienceFieldProps = { value: string; error: string | undefined; onValue: (value: string) => void };

export function AudienceField({ value, error, onValue }: AudienceFieldProps) {
  const listId = useId();
  const { data } = useAsk(AUDIENCES, {});
  const known = [...new Set(data?.plans.edges.flatMap(({ node }) => node.userType ?? []))].sort();
  // "aluno" is whom "ALUNO" is: two audiences of one name would part them.
  const meant = (typed: string) => known.find((one) => one.toLowerCase() === typed.toLowerCase()) ?? typed;
  return (
    <div onChange={() => onValue(meant(value))}>
      <TextField
        label={t('plan.userType')}
        value={value}
        error={error}
        onValue={onValue}
        placeholder={known[0] ?? 'ALUNO'}
        maxLength={USER_TYPE_CHARS_MAX}
        list={listId}
      />
      <datalist id={listId}>
        {known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </div>
  );
}
