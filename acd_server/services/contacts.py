"""ContactService over the store."""

from acd.v1 import contact_service_pb2 as messages
from acd.v1.contact_service_pb2_grpc import ContactServiceServicer
from acd_server.services._requests import request_key
from acd_server.services._types import Context
from acd_server.store import Store
from acd_server.validation import contacts as validation
from acd_server.work import WorkHub


class ContactServicer(ContactServiceServicer):
    def __init__(self, store: Store, work: WorkHub) -> None:
        self._store = store.contacts
        self._work = work

    async def EnqueueContact(
        self, request: messages.EnqueueContactRequest, _: Context
    ) -> messages.EnqueueContactResponse:
        asked = validation.validate_enqueue_contact(request)
        contact = await self._store.enqueue_contact(
            asked.center,
            asked.contact,
            channel=asked.channel,
            skills=asked.skills,
            priority=asked.priority,
            attributes=asked.attributes,
            owner=asked.owner,
            owner_lease=asked.owner_lease,
            plan=asked.plan,
            relaxation=asked.relaxation,
            # What the dispatcher would be told next, and ask for: two processes and five messages earlier.
            match_one=self._work.is_watched(asked.center),
            request=request_key(request),
        )
        return messages.EnqueueContactResponse(contact=contact)

    async def RenewOwner(self, request: messages.RenewOwnerRequest, _: Context) -> messages.RenewOwnerResponse:
        asked = validation.validate_renew_owner(request)
        return await self._store.renew_owner(asked.center, asked.owner, owner_lease=asked.owner_lease)

    async def GetContact(self, request: messages.GetContactRequest, _: Context) -> messages.GetContactResponse:
        name = validation.validate_get_contact(request)
        return messages.GetContactResponse(contact=await self._store.get_contact(name.center, name.contact))

    async def ListContacts(self, request: messages.ListContactsRequest, _: Context) -> messages.ListContactsResponse:
        asked = validation.validate_list_contacts(request)
        page = asked.page
        contacts, cursor = await self._store.list_contacts(
            asked.center, state=asked.state, after=page.after, limit=page.limit
        )
        return messages.ListContactsResponse(contacts=contacts, next_page_token=page.next_token(cursor))

    async def GetQueuePosition(
        self, request: messages.GetQueuePositionRequest, _: Context
    ) -> messages.GetQueuePositionResponse:
        name = validation.validate_get_queue_position(request)
        return await self._store.get_queue_position(name.center, name.contact)

    async def AcceptAssignment(
        self, request: messages.AcceptAssignmentRequest, _: Context
    ) -> messages.AcceptAssignmentResponse:
        name = validation.validate_assignment(request)
        contact, assignment = await self._store.accept_assignment(*name, request=request_key(request))
        return messages.AcceptAssignmentResponse(contact=contact, assignment=assignment)

    async def DeclineAssignment(
        self, request: messages.DeclineAssignmentRequest, _: Context
    ) -> messages.DeclineAssignmentResponse:
        asked = validation.validate_decline(request)
        contact, assignment = await self._store.decline_assignment(
            *asked.name, retry_after=asked.retry_after, request=request_key(request)
        )
        return messages.DeclineAssignmentResponse(contact=contact, assignment=assignment)

    async def CompleteContact(
        self, request: messages.CompleteContactRequest, _: Context
    ) -> messages.CompleteContactResponse:
        name = validation.validate_assignment(request)
        contact, assignment = await self._store.complete_contact(*name, request=request_key(request))
        return messages.CompleteContactResponse(contact=contact, assignment=assignment)

    async def TransferContact(
        self, request: messages.TransferContactRequest, _: Context
    ) -> messages.TransferContactResponse:
        asked = validation.validate_transfer(request)
        contact, assignment = await self._store.transfer_contact(
            *asked.name,
            skills=asked.skills,
            agent=asked.agent,
            target_wait=asked.target_wait,
            request=request_key(request),
        )
        return messages.TransferContactResponse(contact=contact, assignment=assignment)

    async def RescheduleContact(
        self, request: messages.RescheduleContactRequest, _: Context
    ) -> messages.RescheduleContactResponse:
        asked = validation.validate_reschedule(request)
        contact, assignment = await self._store.reschedule_contact(
            *asked.name, delay=asked.delay, request=request_key(request)
        )
        return messages.RescheduleContactResponse(contact=contact, assignment=assignment)

    async def ExtendWrapUp(self, request: messages.ExtendWrapUpRequest, _: Context) -> messages.ExtendWrapUpResponse:
        asked = validation.validate_extend_wrap_up(request)
        contact, assignment = await self._store.extend_wrap_up(
            *asked.name, remaining=asked.remaining, request=request_key(request)
        )
        return messages.ExtendWrapUpResponse(contact=contact, assignment=assignment)

    async def FinishWrapUp(self, request: messages.FinishWrapUpRequest, _: Context) -> messages.FinishWrapUpResponse:
        name = validation.validate_assignment(request)
        contact, assignment = await self._store.finish_wrap_up(*name, request=request_key(request))
        return messages.FinishWrapUpResponse(contact=contact, assignment=assignment)

    async def AbandonContact(
        self, request: messages.AbandonContactRequest, _: Context
    ) -> messages.AbandonContactResponse:
        name = validation.validate_leave(request)
        contact = await self._store.abandon_contact(*name, request=request_key(request))
        return messages.AbandonContactResponse(contact=contact)

    async def CancelContact(self, request: messages.CancelContactRequest, _: Context) -> messages.CancelContactResponse:
        name = validation.validate_leave(request)
        contact = await self._store.cancel_contact(*name, request=request_key(request))
        return messages.CancelContactResponse(contact=contact)

    async def RequeueContact(
        self, request: messages.RequeueContactRequest, _: Context
    ) -> messages.RequeueContactResponse:
        name = validation.validate_assignment(request)
        contact, assignment = await self._store.requeue_contact(*name, request=request_key(request))
        return messages.RequeueContactResponse(contact=contact, assignment=assignment)

    async def ReprioritizeContact(
        self, request: messages.ReprioritizeContactRequest, _: Context
    ) -> messages.ReprioritizeContactResponse:
        asked = validation.validate_reprioritize(request)
        contact = await self._store.reprioritize_contact(
            *asked.name, priority=asked.priority, credit=asked.credit, request=request_key(request)
        )
        return messages.ReprioritizeContactResponse(contact=contact)
