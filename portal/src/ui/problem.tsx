/** What was refused: each refusal at the field that its path names, the rest above the form. */

import { Fragment } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Problem, UserError } from '../api/acting';
import { t } from '../i18n';
import { instant } from '../i18n/format';
import { declineAdvice, declineText, invalidText, refusalText } from '../i18n/refusals';
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

/**
 * Shows what belongs to none of *fields*, and leads there or to the first field that was refused: on a phone
 * the button is a screen below.
 */
export function FormProblem({ problem, fields = [] }: FormProblemProps) {
  const place = useRef<HTMLDivElement>(null);
  const rest = problem.errors.filter((error) => !fieldOf(error, fields));
  const isRefused = problem.errors.length > 0 || (problem.failure && problem.failure.kind !== 'checking');
  useEffect(() => {
    if (isRefused) leadTo(firstInvalid(place.current?.closest('form')) ?? place.current);
  }, [problem]);
  return (
    <div class="form-problem" ref={place} tabIndex={-1}>
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

/** Returns the first field of *form* that is marked as wrong. */
export function firstInvalid(form: Element | null | undefined): HTMLElement | null {
  return form?.querySelector<HTMLElement>('[aria-invalid="true"]') ?? null;
}

/** Moves the focus to *element*, and the page if need be. */
export function leadTo(element: HTMLElement | null): void {
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: 'center' });
}

function fieldOf<Name extends string>(error: UserError, names: readonly Name[]): Name | undefined {
  return names.findLast((name) => error.field?.includes(name));
}

/** The server's own message is for developers: it is in one language, and never shown. */
function textOf(error: UserError): string {
  const text =
    declined(error) ??
    invalid(error) ??
    refusalText(error.code) ??
    t('failure.refused', { code: error.code });
  return error.retryAt ? `${text} ${t('retryAt', { time: instant(error.retryAt) })}` : text;
}

function declined({ declineCode }: UserError): string | null {
  return declineCode ? `${declineText(declineCode)}. ${declineAdvice(declineCode)}` : null;
}

function invalid({ code, field }: UserError): string | null {
  if (code !== 'INVALID_VALUE') return null;
  return field?.map(invalidText).findLast((text) => text !== null) ?? null;
}
