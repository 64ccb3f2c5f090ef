<?php

declare(strict_types=1);

namespace TwoFactor\Types;

/** What a CRM sends. */
interface Event
{
    /** The CloudEvents type, which is the routing key too. */
    public const TYPE = '';

    /**
     * Its `data` for the wire. Its secrets are revealed: never print it.
     *
     * @return array<string, mixed>
     */
    public function toData(): array;
}
