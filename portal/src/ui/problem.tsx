/** What was refused: each refusal at the field that its path names, the rest above the form. */

import { Fragment } from 'preact';
import type { Problem, UserError } from '../api/acting';
import { t } from '../i18n';
import { instant } from '../i18n/format';
import { refusalText } from '../i18n/refusals';
import { ErrorText } from './field';
import { failureText, PayFirst, RequestId } from './states';

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
        <Fragment key={error.code}>
          <ErrorText>{textOf(error)}</ErrorText>
          <PayFirst invoiceId={error.invoiceId} />
        </Fragment>
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
  const text = refusalText(error.code) ?? error.message;
  return error.retryAt ? `${text} ${t('retryAt', { time: instant(error.retryAt) })}` : text;
}
