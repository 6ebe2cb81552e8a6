import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("aftersales_crm_case", {
    steps: () => [
        {
            content: "What waits for us stands in the list",
            trigger: ".o_data_row:contains('My washer leaks') td[name=subject]",
            run: "click",
        },
        {
            content: "It is nobody's yet",
            trigger: ".o_form_view button[name=action_take]",
            run: "click",
        },
        {
            content: "Answering is the next step",
            trigger: ".o_statusbar_buttons button.btn-primary[name=action_answer]",
            run: "click",
        },
        {
            content: "What has helped others goes into the answer by one click",
            trigger: ".modal .o_aftersales_answer:contains('Washer leaks at the door') button",
            run: "click",
        },
        {
            trigger: ".modal .odoo-editor-editable:contains('Replace the door seal')",
        },
        {
            trigger: ".modal button.o_mail_send:enabled",
            run: "click",
        },
        {
            content: "The answer is part of the case, and solving is the next step",
            trigger: ".o-mail-Message:contains('Replace the door seal')",
        },
        {
            trigger: ".o_statusbar_buttons button.btn-primary[name=action_open_solve]",
            run: "click",
        },
        {
            content: "Our answer is proposed as what solved it",
            trigger: ".modal .odoo-editor-editable:contains('Replace the door seal')",
        },
        {
            trigger: ".modal button[name=action_solve]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Solved')",
        },
    ],
});
