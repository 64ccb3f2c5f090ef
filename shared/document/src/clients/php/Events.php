<?php

declare(strict_types=1);

namespace TwoFactor\Types;

/** Every event that is known. */
final class Events
{
    /**
     * The class of each type.
     *
     * @var array<string, class-string<Event>>
     */
    public const TYPES = [];
}
