<?php

declare(strict_types=1);

namespace TwoFactor;

use TwoFactor\Types\Event;
use TwoFactor\Types\Outcome;

/** What an application depends on, so that its tests can give it a {@see FakeClient}. */
interface ClientInterface
{
    /**
     * Publishes an event and returns its outcome. Nobody may be let in without one.
     *
     * @param ?\DateTimeInterface $time when the person's request came in; now, if it is not given
     * @param ?string $id the event's id, if the application gives it: a form sent twice is one event
     * @param ?string $traceparent the W3C trace context, which the outcome passes on
     * @throws NoAnswer where none came in time
     * @throws BadAnswer where one came that cannot be read
     * @throws AccessRefused where the broker refuses the user or its rights
     */
    public function request(
        Event $event,
        ?\DateTimeInterface $time = null,
        ?string $id = null,
        ?string $traceparent = null,
    ): Outcome;

    /** Ends the connection. A request that waits, or comes later, gets {@see NoAnswer} at once. */
    public function close(): void;
}
