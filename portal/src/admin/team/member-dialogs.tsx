/** Inviting somebody by mail, giving other roles, taking somebody out. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { Checks } from '../../ui/choice';
import { TextField } from '../../ui/field';
import { fieldErrors } from '../../ui/problem';
import { ActDialog } from '../act-dialog';
import type { Member } from './team';

const INVITE = graphql(`
  mutation InviteMember($input: InviteMemberInput!) {
    inviteMember(input: $input) { member { id email roles } userErrors { code message field } }
  }
`);
const CHANGE = graphql(`
  mutation ChangeMemberRole($input: ChangeMemberRoleInput!) {
    changeMemberRole(input: $input) { member { id roles } userErrors { code message field } }
  }
`);
const REMOVE = graphql(`
  mutation RemoveMember($input: RemoveMemberInput!) {
    removeMember(input: $input) { member { id } userErrors { code message field } }
  }
`);

type Role = Member['roles'][number];
type Invited = ResultOf<typeof INVITE>['inviteMember']['userErrors'][number];

const ROLES: readonly Role[] = ['OWNER', 'FINANCE', 'SUPPORT', 'DEVELOPER', 'ANALYST'];
const ADDRESS_CHARS_MAX = 254;
const FIELDS = ['email', 'roles'] as const satisfies readonly NonNullable<Invited['field']>[number][];

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const act = useAct(INVITE, { once: true });
  const [email, setEmail] = useState('');
  const [roles, setRoles] = useState<readonly Role[]>(['SUPPORT']);
  const errors = fieldErrors(act.problem.errors, FIELDS);
  const invite = async () => {
    if (await act.act({ email: email.trim(), roles: [...roles] })) onClose();
  };
  return (
    <ActDialog
      title={t('team.invite')}
      text={t('team.inviteText')}
      confirm={t('team.send')}
      act={act}
      fields={FIELDS}
      onAct={invite}
      onClose={onClose}
    >
      <TextField
        label={t('team.email')}
        type="email"
        value={email}
        error={errors.email}
        onValue={setEmail}
        maxLength={ADDRESS_CHARS_MAX}
      />
      <RoleChecks values={roles} error={errors.roles} onValues={setRoles} />
    </ActDialog>
  );
}

type MemberDialogProps = { member: Member; onClose: () => void };

export function RolesDialog({ member, onClose }: MemberDialogProps) {
  const act = useAct(CHANGE, { once: true });
  const [roles, setRoles] = useState<readonly Role[]>(member.roles);
  const { roles: error } = fieldErrors(act.problem.errors, ['roles']);
  const change = async () => {
    if (await act.act({ memberId: member.id, roles: [...roles] })) onClose();
  };
  return (
    <ActDialog
      title={t('team.changeTitle', { email: member.email })}
      text={t('team.changeText')}
      confirm={t('team.save')}
      act={act}
      fields={['roles']}
      onAct={change}
      onClose={onClose}
    >
      <RoleChecks values={roles} error={error} onValues={setRoles} />
    </ActDialog>
  );
}

export function RemoveDialog({ member, isSelf, onClose }: MemberDialogProps & { isSelf: boolean }) {
  const act = useAct(REMOVE);
  const remove = async () => {
    if (await act.act({ memberId: member.id })) onClose();
  };
  return (
    <ActDialog
      title={t('team.removeTitle', { email: member.email })}
      text={isSelf ? t('team.removeSelfText') : t('team.removeText')}
      confirm={t('team.remove')}
      look="danger"
      act={act}
      onAct={remove}
      onClose={onClose}
    />
  );
}

type RoleChecksProps = {
  values: readonly Role[];
  error: string | undefined;
  onValues: (values: readonly Role[]) => void;
};

function RoleChecks({ values, error, onValues }: RoleChecksProps) {
  return (
    <Checks
      legend={t('team.roles')}
      values={values}
      error={error}
      options={ROLES.map((role) => ({ value: role, label: word('role', role), note: word('roleMay', role) }))}
      onValues={onValues}
    />
  );
}
