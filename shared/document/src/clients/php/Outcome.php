<?php

declare(strict_types=1);

namespace TwoFactor\Types;

/**
 * What a CRM gets as an answer. LoginAccepted alone lets a person in.
 *
 * @property-read Envelope $envelope The attributes around it.
 */
interface Outcome
{
}
