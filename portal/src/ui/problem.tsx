/** What was refused: each refusal at the field that its path names, the rest above the form. */

import type { Problem, UserError } from '../api/acting';
import { refusalText } from '../i18n/refusals';
import { ErrorText } from './field';
import { failureText, RequestId } from './states';

/** Returns the text of each refusal by the field that it is about. The last name in its path that is one wins. */
export function fieldErrors<Name extends string>(
  errors: readonly UserError[],
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const error of errors) {
    const name = fieldOf(error, names);
    if (name) found[name] ??= textOf(error);
  }
  return found;
}

type FormProblemProps = { problem: Problem; fields?: readonly string[] };

/** Shows what belongs to none of *fields*. */
export function FormProblem({ problem, fields = [] }: FormProblemProps) {
  const rest = problem.errors.filter((error) => !fieldOf(error, fields));
  if (!rest.length && !problem.failure) return null;
  return (
    <div class="form-problem">
      {rest.map((error) => (
        <ErrorText key={error.code}>{textOf(error)}</ErrorText>
      ))}
      {problem.failure && (
        <>
          <ErrorText>{failureText(problem.failure)}</ErrorText>
          <RequestId failure={problem.failure} />
        </>
      )}
    </div>
  );
}

function fieldOf<Name extends string>(error: UserError, names: readonly Name[]): Name | undefined {
  return names.findLast((name) => error.field?.includes(name));
}

function textOf(error: UserError): string {
  return refusalText(error.code) ?? error.message;
}
